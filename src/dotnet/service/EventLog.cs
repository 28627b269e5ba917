using System;
using System.Collections.Generic;

namespace SmtpRelay.Service
{
    /// <summary>The Application log of Windows, source SmtpRelay, which Install-SmtpRelay registers.</summary>
    internal static class EventLog
    {
        internal static readonly (ushort Type, int Id) Started = (4, 100);
        internal static readonly (ushort Type, int Id) Stopped = (4, 101);
        internal static readonly (ushort Type, int Id) Forced = (2, 102);
        internal static readonly (ushort Type, int Id) Failed = (1, 103);

        /// <summary>As the relay calls them.</summary>
        internal static readonly Dictionary<string, ushort> Levels = new(StringComparer.Ordinal)
        {
            ["error"] = 1, ["warn"] = 2, ["info"] = 4,
        };

        /// <summary>An entry can't hold more than 31,839 characters.</summary>
        private const int Longest = 30_000;

        internal static bool Write((ushort Type, int Id) kind, string text)
        {
            IntPtr log = Native.RegisterEventSourceW(null, Program.ServiceName);
            if (log == IntPtr.Zero)
            {
                return false;
            }
            string part = text.Length > Longest ? text.Substring(0, Longest) : text;
            bool written = Native.ReportEventW(log, kind.Type, 0, kind.Id, IntPtr.Zero, 1, 0, new[] { part }, IntPtr.Zero);
            Native.DeregisterEventSource(log);
            return written;
        }
    }
}
