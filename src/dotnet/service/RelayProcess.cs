using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;

namespace SmtpRelay.Service
{
    /// <summary>
    /// Node with the relay in it. The agreement is that of src/platform/service-host.ts: one line says that it
    /// serves, and the end of its standard input asks it to stop. How Node is started stands in package.json.
    /// </summary>
    internal sealed class RelayProcess
    {
        private const string ReadyLine = "SmtpRelay: ready";
        private const int LastLines = 12;
        private const long LargestLog = 1024 * 1024;

        private readonly string _root;
        private readonly string _node;
        private readonly Queue<string> _last = new Queue<string>();
        private readonly object _gate = new object();
        private Process? _process;

        internal RelayProcess(string root, string node, string dataFolder)
        {
            _root = root;
            _node = node;
            DataFolder = dataFolder;
        }

        internal string DataFolder { get; }

        internal ManualResetEventSlim Ready { get; } = new ManualResetEventSlim();

        internal ManualResetEventSlim Ended { get; } = new ManualResetEventSlim();

        internal int ExitCode { get; private set; }

        /// <summary>What it wrote last, for the event log.</summary>
        internal string LastWords
        {
            get
            {
                lock (_gate)
                {
                    return string.Join(Environment.NewLine, _last);
                }
            }
        }

        internal void Start()
        {
            var start = new ProcessStartInfo(_node)
            {
                UseShellExecute = false,
                CreateNoWindow = true,
                WorkingDirectory = _root,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8,
                StandardErrorEncoding = Encoding.UTF8,
            };
            using (JsonDocument package = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_root, "package.json"))))
            {
                foreach (JsonElement flag in package.RootElement.GetProperty("nodeFlags").EnumerateArray())
                {
                    start.ArgumentList.Add(flag.GetString()!);
                }
                foreach (JsonProperty variable in package.RootElement.GetProperty("nodeEnvironment").EnumerateObject())
                {
                    start.Environment[variable.Name] = variable.Value.GetString();
                }
            }
            start.Environment["SMTP_RELAY_SUPERVISOR"] = Environment.ProcessId.ToString();
            // What is meant for other Nodes of this computer must not change this one.
            start.Environment.Remove("NODE_OPTIONS");
            foreach (string argument in new[] { Path.Combine(_root, "dist", "main.js"), "--data", DataFolder, "--service" })
            {
                start.ArgumentList.Add(argument);
            }
            _process = Process.Start(start) ?? throw new InvalidOperationException($"{_node} could not be started");
            _process.OutputDataReceived += (_, line) => Hear(line.Data);
            _process.ErrorDataReceived += (_, line) => Hear(line.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
            new Thread(WaitForEnd) { IsBackground = true }.Start();
        }

        internal void AskToStop() => _process?.StandardInput.Close();

        internal void Kill()
        {
            _process?.Kill(entireProcessTree: true);
            Ended.Wait(TimeSpan.FromSeconds(5));
        }

        private void WaitForEnd()
        {
            // This also waits for the end of what it writes.
            _process!.WaitForExit();
            ExitCode = _process.ExitCode;
            Ended.Set();
        }

        private void Hear(string? line)
        {
            if (line == ReadyLine)
            {
                Ready.Set();
            }
            else if (!string.IsNullOrEmpty(line))
            {
                lock (_gate)
                {
                    _last.Enqueue(line);
                    if (_last.Count > LastLines)
                    {
                        _last.Dequeue();
                    }
                    Keep(line);
                }
            }
        }

        private void Keep(string line)
        {
            try
            {
                string folder = Directory.CreateDirectory(Path.Combine(DataFolder, "logs")).FullName;
                string path = Path.Combine(folder, "console.log");
                if (File.Exists(path) && new FileInfo(path).Length > LargestLog)
                {
                    File.Move(path, Path.Combine(folder, "console.old.log"), overwrite: true);
                }
                File.AppendAllText(path, line + "\n");
            }
            catch (Exception exception) when (exception is IOException || exception is UnauthorizedAccessException)
            {
                // A log that can't be written must not end a relay that works.
            }
        }
    }
}
