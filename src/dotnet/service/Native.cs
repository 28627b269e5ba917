using System;
using System.Runtime.InteropServices;

namespace SmtpRelay.Service
{
    /// <summary>The functions of Windows that the host calls, with the names and numbers of winsvc.h, winnt.h and dpapi.h.</summary>
    internal static class Native
    {
        internal const int ServiceWin32OwnProcess = 0x10;
        internal const int StateStopped = 1, StateStartPending = 2, StateStopPending = 3, StateRunning = 4;
        internal const int ControlStop = 1, ControlInterrogate = 4, ControlShutdown = 5, ControlPreshutdown = 15;
        internal const int AcceptStop = 1, AcceptShutdown = 4, AcceptPreshutdown = 0x100;
        internal const int NoError = 0, CallNotImplemented = 120, FailedServiceControllerConnect = 1063, ServiceSpecificError = 1066;

        internal delegate void ServiceMain(int count, IntPtr arguments);

        internal delegate int ControlHandler(int control, int eventType, IntPtr eventData, IntPtr context);

        [StructLayout(LayoutKind.Sequential)]
        internal struct ServiceStatus
        {
            internal int ServiceType, CurrentState, ControlsAccepted, Win32ExitCode, ServiceSpecificExitCode, CheckPoint, WaitHint;
        }

        /// <summary>SERVICE_FAILURE_ACTIONS; the actions are pairs of a kind and milliseconds.</summary>
        [StructLayout(LayoutKind.Sequential)]
        internal unsafe struct FailureActions
        {
            internal int ResetPeriod;
            internal IntPtr RebootMessage, Command;
            internal int Count;
            internal int* Actions;
        }

        [StructLayout(LayoutKind.Sequential)]
        internal struct Blob
        {
            internal int Size;
            internal IntPtr Data;
        }

        [DllImport("advapi32.dll", SetLastError = true)]
        internal static extern bool StartServiceCtrlDispatcherW(IntPtr table);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        internal static extern IntPtr RegisterServiceCtrlHandlerExW(string name, IntPtr handler, IntPtr context);

        [DllImport("advapi32.dll", SetLastError = true)]
        internal static extern bool SetServiceStatus(IntPtr handle, ref ServiceStatus status);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        internal static extern IntPtr OpenSCManagerW(string? machine, string? database, int access);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        internal static extern IntPtr OpenServiceW(IntPtr manager, string name, int access);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        internal static extern IntPtr CreateServiceW(
            IntPtr manager, string name, string displayName, int access, int type, int start, int errorControl, string path,
            string? group, IntPtr tag, string dependencies, string account, string? password);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        internal static extern bool ChangeServiceConfigW(
            IntPtr service, int type, int start, int errorControl, string path, string? group, IntPtr tag, string dependencies,
            string? account, string? password, string displayName);

        [DllImport("advapi32.dll", SetLastError = true)]
        internal static extern unsafe bool ChangeServiceConfig2W(IntPtr service, int level, void* info);

        [DllImport("advapi32.dll")]
        internal static extern bool CloseServiceHandle(IntPtr handle);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        internal static extern IntPtr RegisterEventSourceW(string? machine, string source);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        internal static extern bool ReportEventW(
            IntPtr log, ushort type, ushort category, int id, IntPtr user, ushort count, int size, string[] texts, IntPtr data);

        [DllImport("advapi32.dll")]
        internal static extern bool DeregisterEventSource(IntPtr log);

        [DllImport("crypt32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        internal static extern bool CryptProtectData(
            ref Blob input, string? description, ref Blob entropy, IntPtr reserved, IntPtr prompt, int flags, out Blob output);

        [DllImport("crypt32.dll", SetLastError = true)]
        internal static extern bool CryptUnprotectData(
            ref Blob input, IntPtr description, ref Blob entropy, IntPtr reserved, IntPtr prompt, int flags, out Blob output);

        [DllImport("kernel32.dll")]
        internal static extern IntPtr LocalFree(IntPtr memory);
    }
}
