using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SmtpRelay.Service
{
    /// <summary>
    /// DPAPI for this computer. Standard input has two lines in base64, the secret and the entropy that binds
    /// it to one data folder; the answer is one line. Nothing of it is ever on a command line.
    /// </summary>
    internal static class DataProtection
    {
        private const int UiForbidden = 1, LocalMachine = 4;

        internal static int Run(bool protect)
        {
            byte[] input = Convert.FromBase64String(Console.In.ReadLine() ?? "");
            byte[] entropy = Convert.FromBase64String(Console.In.ReadLine() ?? "");
            byte[] output = Call(protect, input, entropy);
            Console.Out.Write(Convert.ToBase64String(output));
            Console.Out.Flush();
            CryptographicOperations.ZeroMemory(input);
            CryptographicOperations.ZeroMemory(output);
            return 0;
        }

        private static unsafe byte[] Call(bool protect, byte[] input, byte[] entropy)
        {
            fixed (byte* inputBytes = input, entropyBytes = entropy)
            {
                var inputBlob = new Native.Blob { Size = input.Length, Data = (IntPtr)inputBytes };
                var entropyBlob = new Native.Blob { Size = entropy.Length, Data = (IntPtr)entropyBytes };
                bool done = protect
                    ? Native.CryptProtectData(ref inputBlob, "SmtpRelay", ref entropyBlob, IntPtr.Zero, IntPtr.Zero, UiForbidden | LocalMachine, out Native.Blob result)
                    : Native.CryptUnprotectData(ref inputBlob, IntPtr.Zero, ref entropyBlob, IntPtr.Zero, IntPtr.Zero, UiForbidden, out result);
                if (!done)
                {
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                }
                try
                {
                    return new ReadOnlySpan<byte>((void*)result.Data, result.Size).ToArray();
                }
                finally
                {
                    Native.LocalFree(result.Data);
                }
            }
        }
    }
}
