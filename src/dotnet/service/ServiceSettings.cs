using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SmtpRelay.Service
{
    /// <summary>
    /// The service in the books of the service manager. Here and not by sc.exe, because a password must not stand
    /// on a command line, and because sc.exe of some systems has no word for some of it.
    /// </summary>
    internal static class ServiceSettings
    {
        private const string DisplayName = "SMTP relay (SmtpRelay)";
        private const string Description = "Accepts mail from this network and hands it to the mail servers it is for.";

        /// <summary>It starts after the network; a list ends with an empty name.</summary>
        private const string Dependencies = "Tcpip\0";

        /// <summary>Milliseconds that the relay may take before the computer shuts down.</summary>
        private const int PreshutdownTimeout = 60_000;

        /// <summary>Seconds after which failures are forgotten.</summary>
        private const int FailureReset = 86_400;

        private const int ManagerConnect = 1, ManagerCreateService = 2, ServiceAllAccess = 0xF01FF;
        private const int AutoStart = 2, NormalError = 1, NoChange = -1;
        private const int DescriptionInfo = 1, FailureActionsInfo = 2, DelayedStartInfo = 3, FailureActionsFlag = 4, PreshutdownInfo = 7;
        private const int ServiceDoesNotExist = 1060, InvalidLevel = 124;

        /// <summary>After each failure: restart (1) after so many milliseconds.</summary>
        private static readonly int[] Restarts = { 1, 5_000, 1, 30_000, 1, 60_000 };

        /// <summary>
        /// Makes the service or changes the one that is there. Standard input is JSON: commandLine; account, with
        /// which the service runs (needed for a new one; left out, that of an existing one stays); password.
        /// </summary>
        internal static int Register(string name)
        {
            using JsonDocument input = JsonDocument.Parse(Console.OpenStandardInput());
            string path = input.RootElement.GetProperty("commandLine").GetString()!;
            string? account = Text(input.RootElement, "account");
            string? password = Text(input.RootElement, "password") ?? (IsBuiltIn(account) ? "" : null);
            With(name, ServiceAllAccess, (manager, service) =>
            {
                bool made = service == IntPtr.Zero;
                if (made)
                {
                    service = Native.CreateServiceW(
                        manager, name, DisplayName, ServiceAllAccess, Native.ServiceWin32OwnProcess, AutoStart, NormalError, path,
                        null, IntPtr.Zero, Dependencies, account ?? throw new InvalidOperationException("a new service needs an account"), password);
                    Check(service != IntPtr.Zero);
                }
                try
                {
                    if (!made)
                    {
                        Check(Native.ChangeServiceConfigW(
                            service, NoChange, AutoStart, NoChange, path, null, IntPtr.Zero, Dependencies, account, password, DisplayName));
                    }
                    Describe(service);
                }
                finally
                {
                    if (made)
                    {
                        Native.CloseServiceHandle(service);
                    }
                }
            });
            return 0;
        }

        /// <summary>Whether the manager starts the service again after a failure, which a kill is for it.</summary>
        internal static int Recover(string name, bool restart)
        {
            With(name, ServiceAllAccess, (_, service) =>
            {
                Check(service != IntPtr.Zero);
                SetFailureActions(service, restart ? Restarts : Array.Empty<int>());
            });
            return 0;
        }

        private static unsafe void Describe(IntPtr service)
        {
            fixed (char* text = Description)
            {
                char* description = text;
                Set(service, DescriptionInfo, &description);
            }
            SetFailureActions(service, Restarts);
            int yes = 1, timeout = PreshutdownTimeout;
            Set(service, DelayedStartInfo, &yes);
            // An end with an error code is a failure too, not only a crash.
            Set(service, FailureActionsFlag, &yes);
            Set(service, PreshutdownInfo, &timeout);
        }

        private static unsafe void SetFailureActions(IntPtr service, int[] actions)
        {
            // Without a place for the actions the manager would leave them as they are.
            int nothing = 0;
            fixed (int* first = actions)
            {
                var info = new Native.FailureActions
                {
                    ResetPeriod = FailureReset,
                    Count = actions.Length / 2,
                    Actions = first == null ? &nothing : first,
                };
                Set(service, FailureActionsInfo, &info);
            }
        }

        /// <summary>Wine does not know some of the levels, and has nothing to set there.</summary>
        private static unsafe void Set(IntPtr service, int level, void* info) =>
            Check(Native.ChangeServiceConfig2W(service, level, info) || Marshal.GetLastPInvokeError() == InvalidLevel);

        private static string? Text(JsonElement input, string name) => input.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

        /// <summary>These take an empty password; accounts of services and managed ones take none.</summary>
        private static bool IsBuiltIn(string? account) =>
            account != null && (account == "LocalSystem" || account.StartsWith("NT AUTHORITY\\", StringComparison.OrdinalIgnoreCase));

        /// <summary>The service is zero when there is none.</summary>
        private static void With(string name, int access, Action<IntPtr, IntPtr> work)
        {
            IntPtr manager = Native.OpenSCManagerW(null, null, ManagerConnect | ManagerCreateService);
            Check(manager != IntPtr.Zero);
            IntPtr service = IntPtr.Zero;
            try
            {
                service = Native.OpenServiceW(manager, name, access);
                Check(service != IntPtr.Zero || Marshal.GetLastPInvokeError() == ServiceDoesNotExist);
                work(manager, service);
            }
            finally
            {
                if (service != IntPtr.Zero)
                {
                    Native.CloseServiceHandle(service);
                }
                Native.CloseServiceHandle(manager);
            }
        }

        private static void Check(bool done)
        {
            if (!done)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
        }
    }
}
