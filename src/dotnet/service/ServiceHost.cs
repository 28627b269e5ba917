using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Threading;

namespace SmtpRelay.Service
{
    /// <summary>
    /// The conversation with the service manager. The service counts as started when the relay serves, and as
    /// stopped when it has ended its deliveries; while it takes its time, check points tell that it works.
    /// </summary>
    internal sealed class ServiceHost
    {
        /// <summary>How long the relay may take to stop; then it is ended by force, and no accepted mail is lost.</summary>
        private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(45);
        private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

        /// <summary>Milliseconds within which the manager may expect the next sign of life.</summary>
        private const int WaitHint = 20_000;

        private readonly string _name;
        private readonly RelayProcess _relay;
        private readonly ManualResetEventSlim _stop = new ManualResetEventSlim();
        // Windows calls them as long as the process lives, so they must not be collected.
        private readonly Native.ServiceMain _main;
        private readonly Native.ControlHandler _handler;
        private readonly object _gate = new object();
        private IntPtr _handle;
        private Native.ServiceStatus _status = new Native.ServiceStatus { ServiceType = Native.ServiceWin32OwnProcess };

        internal ServiceHost(string name, RelayProcess relay)
        {
            _name = name;
            _relay = relay;
            _main = ServiceMain;
            _handler = Handle;
        }

        /// <summary>Returns when the service has stopped.</summary>
        internal int Run()
        {
            IntPtr name = Marshal.StringToHGlobalUni(_name);
            IntPtr table = Marshal.AllocHGlobal(4 * IntPtr.Size);
            Marshal.WriteIntPtr(table, 0, name);
            Marshal.WriteIntPtr(table, IntPtr.Size, Marshal.GetFunctionPointerForDelegate(_main));
            Marshal.WriteIntPtr(table, 2 * IntPtr.Size, IntPtr.Zero);
            Marshal.WriteIntPtr(table, 3 * IntPtr.Size, IntPtr.Zero);
            if (Native.StartServiceCtrlDispatcherW(table))
            {
                return 0;
            }
            int error = Marshal.GetLastPInvokeError();
            throw error == Native.FailedServiceControllerConnect
                ? new InvalidOperationException("this program is run by the service manager of Windows. Use Start-SmtpRelay. (1063)")
                : new Win32Exception(error);
        }

        private void ServiceMain(int count, IntPtr arguments)
        {
            _handle = Native.RegisterServiceCtrlHandlerExW(_name, Marshal.GetFunctionPointerForDelegate(_handler), IntPtr.Zero);
            if (_handle == IntPtr.Zero)
            {
                return;
            }
            int code;
            try
            {
                code = Serve();
            }
            catch (Exception exception)
            {
                EventLog.Write(EventLog.Failed, $"The relay could not be started: {exception.Message}");
                code = 1;
            }
            // With a code of its own the manager takes the end for a failure, and its recovery actions begin.
            Report(Native.StateStopped, code);
        }

        /// <returns>the exit code of the relay; 0 after a stop that somebody asked for</returns>
        private int Serve()
        {
            Report(Native.StateStartPending);
            _relay.Start();
            while (!_relay.Ready.Wait(Beat))
            {
                if (_relay.Ended.IsSet)
                {
                    break;
                }
                Report(Native.StateStartPending);
            }
            if (_relay.Ended.IsSet)
            {
                EventLog.Write(EventLog.Failed, $"The relay ended with code {_relay.ExitCode} before it served. {_relay.LastWords}");
                return _relay.ExitCode == 0 ? 1 : _relay.ExitCode;
            }
            Report(Native.StateRunning);
            EventLog.Write(EventLog.Started, $"The relay serves. Data folder: {_relay.DataFolder}");
            WaitHandle.WaitAny(new[] { _stop.WaitHandle, _relay.Ended.WaitHandle });
            return _stop.IsSet ? Stop() : EndOfItself();
        }

        private int Stop()
        {
            Report(Native.StateStopPending);
            _relay.AskToStop();
            DateTime limit = DateTime.UtcNow + StopLimit;
            while (!_relay.Ended.Wait(Beat))
            {
                if (DateTime.UtcNow > limit)
                {
                    _relay.Kill();
                    EventLog.Write(EventLog.Forced, $"The relay did not stop within {StopLimit.TotalSeconds} seconds and was ended by force. No accepted mail is lost.");
                    return 0;
                }
                Report(Native.StateStopPending);
            }
            EventLog.Write(EventLog.Stopped, "The relay has stopped.");
            return 0;
        }

        private int EndOfItself()
        {
            if (_relay.ExitCode == 0)
            {
                EventLog.Write(EventLog.Stopped, "The relay has stopped, as an administrator asked it to.");
                return 0;
            }
            EventLog.Write(EventLog.Failed, $"The relay ended unexpectedly with code {_relay.ExitCode}. {_relay.LastWords}");
            return _relay.ExitCode;
        }

        private int Handle(int control, int eventType, IntPtr eventData, IntPtr context)
        {
            switch (control)
            {
                case Native.ControlStop:
                case Native.ControlShutdown:
                case Native.ControlPreshutdown:
                    _stop.Set();
                    return Native.NoError;
                case Native.ControlInterrogate:
                    return Native.NoError;
                default:
                    return Native.CallNotImplemented;
            }
        }

        private void Report(int state, int exitCode = 0)
        {
            lock (_gate)
            {
                bool pending = state == Native.StateStartPending || state == Native.StateStopPending;
                _status.CheckPoint = !pending ? 0 : _status.CurrentState == state ? _status.CheckPoint + 1 : 1;
                _status.CurrentState = state;
                _status.ControlsAccepted = state == Native.StateRunning
                    ? Native.AcceptStop | Native.AcceptShutdown | Native.AcceptPreshutdown
                    : 0;
                _status.Win32ExitCode = exitCode == 0 ? Native.NoError : Native.ServiceSpecificError;
                _status.ServiceSpecificExitCode = exitCode;
                _status.WaitHint = pending ? WaitHint : 0;
                Native.SetServiceStatus(_handle, ref _status);
            }
        }
    }
}
