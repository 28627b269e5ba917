using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace SmtpRelay.Service
{
    /// <summary>What sc.exe of some systems has no word for.</summary>
    internal static class ServiceSettings
    {
        /// <summary>Milliseconds that the relay may take before the computer shuts down.</summary>
        private const int PreshutdownTimeout = 60_000;
        private const int ManagerConnect = 1, ServiceChangeConfig = 2, FailureActionsFlag = 4, PreshutdownInfo = 7, InvalidLevel = 124;

        internal static int Configure(string name)
        {
            IntPtr manager = Native.OpenSCManagerW(null, null, ManagerConnect);
            IntPtr service = manager == IntPtr.Zero ? IntPtr.Zero : Native.OpenServiceW(manager, name, ServiceChangeConfig);
            try
            {
                int timeout = PreshutdownTimeout;
                if (service == IntPtr.Zero || !Native.ChangeServiceConfig2W(service, PreshutdownInfo, ref timeout))
                {
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                }
                // An end with an error code is a failure too, not only a crash. Wine does not know this.
                int flag = 1;
                if (!Native.ChangeServiceConfig2W(service, FailureActionsFlag, ref flag) && Marshal.GetLastPInvokeError() != InvalidLevel)
                {
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                }
                return 0;
            }
            finally
            {
                if (service != IntPtr.Zero)
                {
                    Native.CloseServiceHandle(service);
                }
                if (manager != IntPtr.Zero)
                {
                    Native.CloseServiceHandle(manager);
                }
            }
        }
    }
}
