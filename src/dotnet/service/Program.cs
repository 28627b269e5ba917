using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace SmtpRelay.Service
{
    /// <summary>
    /// SmtpRelay.exe speaks to Windows for the relay, which runs in Node as a child of it:
    ///   --data FOLDER [--node NODE.EXE]   what the service manager runs
    ///   --register                        makes or changes the service, as JSON on standard input says
    ///   --recovery on|off                 whether Windows starts it again after a failure
    ///   --protect, --unprotect            DPAPI of the computer, over standard input and output
    ///   --event info|warn|error ID        writes the text of standard input to the Application log
    /// </summary>
    internal static class Program
    {
        internal const string ServiceName = "SmtpRelay";

        private static int Main(string[] args)
        {
            try
            {
                return args.Length == 0 ? Usage() : args[0] switch
                {
                    "--protect" => DataProtection.Run(protect: true),
                    "--unprotect" => DataProtection.Run(protect: false),
                    "--event" => WriteEvent(args),
                    "--register" => ServiceSettings.Register(ServiceName),
                    "--recovery" => ServiceSettings.Recover(ServiceName, restart: args.Length == 2 && args[1] == "on"),
                    _ => RunService(args),
                };
            }
            catch (Exception exception)
            {
                Console.Error.WriteLine($"SmtpRelay: {exception.Message}");
                return 1;
            }
        }

        private static int RunService(string[] args)
        {
            var options = new Dictionary<string, string>(StringComparer.Ordinal);
            for (int i = 0; i + 1 < args.Length; i += 2)
            {
                options[args[i]] = args[i + 1];
            }
            if (!options.TryGetValue("--data", out string? data) || args.Length % 2 != 0)
            {
                return Usage();
            }
            string root = AppContext.BaseDirectory;
            string node = options.GetValueOrDefault("--node", Path.Combine(root, "node.exe"));
            return new ServiceHost(ServiceName, new RelayProcess(root, node, data)).Run();
        }

        private static int WriteEvent(string[] args)
        {
            if (args.Length != 3 || !EventLog.Levels.TryGetValue(args[1], out ushort type)
                || !int.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id > 65535)
            {
                return Usage();
            }
            using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
            return EventLog.Write((type, id), input.ReadToEnd()) ? 0 : 1;
        }

        private static int Usage()
        {
            Console.Error.WriteLine("SmtpRelay: this program is run by the service manager of Windows. Use Install-SmtpRelay and Start-SmtpRelay.");
            return 2;
        }
    }
}
