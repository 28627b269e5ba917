using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Principal;
using System.Text;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace SmtpRelay.Bridge
{
    /// <summary>A name and a password against the accounts of Windows and its domain.</summary>
    public class WindowsLogon
    {
        private const int Network = 3;
        private const int DefaultProvider = 0;

        /// <summary>
        /// { name, password }: name is DOMAIN\user or user@domain, password is UTF-8 in bytes, because a text
        /// ends at its first NUL on the way here. Answers { ok, identity } or { ok = false, why }.
        /// </summary>
        public Task<object> Check(dynamic input)
        {
            string name = (string)input.name;
            byte[] password = (byte[])input.password;
            // A domain controller can be slow; the loop of the relay must not wait for it.
            return Task.Run<object>(() => OperatingSystem.IsWindows()
                ? CheckOnWindows(name, password)
                : Negotiation.Answer(("ok", false), ("why", "Unsupported")));
        }

        [SupportedOSPlatform("windows")]
        private static object CheckOnWindows(string name, byte[] password)
        {
            char[] text = Encoding.UTF8.GetChars(password);
            try
            {
                // LogonUser would take what stands before a NUL for the password, and no password can be nobody's.
                if (text.Length == 0 || Array.IndexOf(text, '\0') >= 0)
                {
                    return Negotiation.Answer(("ok", false), ("why", "BadPassword"));
                }
                int slash = name.IndexOf('\\');
                string domain = slash < 0 ? null : name.Substring(0, slash);
                string user = slash < 0 ? name : name.Substring(slash + 1);
                if (!LogonUserW(user, domain, new string(text), Network, DefaultProvider, out SafeAccessTokenHandle token))
                {
                    return Negotiation.Answer(("ok", false), ("why", new Win32Exception(Marshal.GetLastWin32Error()).Message));
                }
                using (token)
                using (var identity = new WindowsIdentity(token.DangerousGetHandle()))
                {
                    return identity.IsAnonymous || identity.IsGuest
                        ? Negotiation.Answer(("ok", false), ("why", "Anonymous"))
                        : Negotiation.Answer(("ok", true), ("identity", identity.Name));
                }
            }
            catch (Exception exception)
            {
                return Negotiation.Answer(("ok", false), ("why", exception.GetType().Name));
            }
            finally
            {
                Array.Clear(text);
                Array.Clear(password);
            }
        }

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        private static extern bool LogonUserW(string user, string domain, string password, int type, int provider, out SafeAccessTokenHandle token);
    }
}
