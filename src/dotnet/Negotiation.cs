using System;
using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net;
using System.Net.Security;
using System.Security.Principal;
using System.Threading;
using System.Threading.Tasks;

namespace SmtpRelay.Bridge
{
    /// <summary>
    /// The server's side of NTLM, Kerberos and SPNEGO. Each method is what edge-js calls: one object in, one
    /// object out. Nothing throws: what fails is an answer { ok = false, why }. A context belongs to one log-on;
    /// it goes with its end, with any failure, when it is too old, and there are only so many.
    /// </summary>
    public class Negotiation
    {
        private const int ContextsAtMost = 500;
        private const int TokenAtMost = 64 * 1024;
        private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

        private static readonly ConcurrentDictionary<int, Context> Contexts = new();
        private static int last;

        /// <summary>{ context, token } of the client. Context 0 begins one, with the package that the token speaks.</summary>
        public Task<object> Step(dynamic input)
        {
            int id = (int)input.context;
            byte[] token = (byte[])input.token;
            return Task.Run<object>(() => Guarded(id, () => StepOf(id, token)));
        }

        /// <summary>{ context, token }: what the server says after the exchange, signed.</summary>
        public Task<object> Wrap(dynamic input)
        {
            int id = (int)input.context;
            byte[] token = (byte[])input.token;
            return Task.Run<object>(() => Guarded(id, () => Use(id, context =>
            {
                var output = new ArrayBufferWriter<byte>();
                var status = context.Authentication.Wrap(token, output, false, out _);
                return status == NegotiateAuthenticationStatusCode.Completed
                    ? Answer(("ok", true), ("token", output.WrittenSpan.ToArray()))
                    : Refused(id, status.ToString());
            })));
        }

        /// <summary>{ context, token }: what the client said after the exchange.</summary>
        public Task<object> Unwrap(dynamic input)
        {
            int id = (int)input.context;
            byte[] token = (byte[])input.token;
            return Task.Run<object>(() => Guarded(id, () => Use(id, context =>
            {
                var output = new ArrayBufferWriter<byte>();
                var status = context.Authentication.Unwrap(token, output, out _);
                return status == NegotiateAuthenticationStatusCode.Completed
                    ? Answer(("ok", true), ("token", output.WrittenSpan.ToArray()))
                    : Refused(id, status.ToString());
            })));
        }

        /// <summary>{ context }: disposes of it, if it is still there.</summary>
        public Task<object> End(dynamic input)
        {
            Remove((int)input.context);
            return Task.FromResult<object>(Answer(("ok", true)));
        }

        /// <summary>{ count }: contexts that are open.</summary>
        public Task<object> Open(dynamic input)
        {
            return Task.FromResult<object>(Answer(("ok", true), ("count", Contexts.Count)));
        }

        private static IDictionary<string, object> StepOf(int id, byte[] token)
        {
            if (token.Length > TokenAtMost)
            {
                return Refused(id, "TokenTooLong");
            }
            if (id == 0)
            {
                // By the token and not by the mechanism: .NET's SmtpClient sends SPNEGO under AUTH NTLM too.
                string package = PackageOf(token);
                if (package == null)
                {
                    return Refused(0, "UnknownToken");
                }
                id = Begin(package);
                if (id == 0)
                {
                    return Refused(0, "TooManyContexts");
                }
            }
            return Use(id, context =>
            {
                byte[] answer = context.Authentication.GetOutgoingBlob(token, out var status);
                if (status == NegotiateAuthenticationStatusCode.ContinueNeeded)
                {
                    return Answer(("ok", true), ("context", id), ("done", false), ("token", answer ?? Array.Empty<byte>()));
                }
                // IsAuthenticated is true after InvalidToken and GenericFailure too, so the status comes first.
                if (status != NegotiateAuthenticationStatusCode.Completed || !context.Authentication.IsAuthenticated)
                {
                    return Refused(id, status.ToString());
                }
                string name = NameOf(context.Authentication);
                return name == null
                    ? Refused(id, "Anonymous")
                    : Answer(("ok", true), ("context", id), ("done", true), ("token", answer ?? Array.Empty<byte>()),
                        ("identity", name), ("package", context.Authentication.Package));
            });
        }

        /// <summary>DOMAIN\user or user@REALM; null for nobody in particular.</summary>
        private static string NameOf(NegotiateAuthentication authentication)
        {
            using var disposable = authentication.RemoteIdentity as IDisposable;
            IIdentity identity = authentication.RemoteIdentity;
            if (OperatingSystem.IsWindows() && identity is WindowsIdentity windows && (windows.IsAnonymous || windows.IsGuest))
            {
                return null;
            }
            string name = identity.Name;
            bool isNobody = string.IsNullOrWhiteSpace(name) || name.EndsWith('\\') || name.IndexOf('\0') >= 0
                || name.EndsWith("ANONYMOUS LOGON", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("WELLKNOWN/ANONYMOUS", StringComparison.OrdinalIgnoreCase);
            return isNobody ? null : name;
        }

        private static readonly byte[] Ntlmssp = "NTLMSSP\0"u8.ToArray();
        private static readonly byte[] Kerberos = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 };
        private static readonly byte[] Spnego = { 0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02 };

        private static string PackageOf(ReadOnlySpan<byte> token)
        {
            if (token.StartsWith(Ntlmssp))
            {
                return "NTLM";
            }
            // RFC 2743 3.1: tag 0x60, DER length, then the object identifier of the mechanism.
            if (token.Length < 4 || token[0] != 0x60)
            {
                return null;
            }
            int start = token[1] < 0x80 ? 2 : 2 + (token[1] & 0x7f);
            if (start >= token.Length)
            {
                return null;
            }
            ReadOnlySpan<byte> rest = token.Slice(start);
            return rest.StartsWith(Kerberos) ? "Kerberos" : rest.StartsWith(Spnego) ? "Negotiate" : null;
        }

        private static int Begin(string package)
        {
            foreach (var old in Contexts)
            {
                if (DateTime.UtcNow - old.Value.Begun > Longest)
                {
                    Remove(old.Key);
                }
            }
            if (Contexts.Count >= ContextsAtMost)
            {
                return 0;
            }
            var authentication = new NegotiateAuthentication(new NegotiateAuthenticationServerOptions
            {
                Package = package,
                Credential = CredentialCache.DefaultNetworkCredentials,
                RequiredProtectionLevel = ProtectionLevel.None,
            });
            int id = Interlocked.Increment(ref last);
            Contexts[id] = new Context(authentication);
            return id;
        }

        private static IDictionary<string, object> Use(int id, Func<Context, IDictionary<string, object>> action)
        {
            if (!Contexts.TryGetValue(id, out var context))
            {
                return Refused(0, "NoContext");
            }
            lock (context)
            {
                return context.IsEnded ? Refused(0, "NoContext") : action(context);
            }
        }

        private static object Guarded(int id, Func<IDictionary<string, object>> action)
        {
            try
            {
                return action();
            }
            catch (Exception exception)
            {
                return Refused(id, exception.GetType().Name + ": " + exception.Message.Replace('\0', ' '));
            }
        }

        private static IDictionary<string, object> Refused(int id, string why)
        {
            Remove(id);
            return Answer(("ok", false), ("why", why));
        }

        private static void Remove(int id)
        {
            if (Contexts.TryRemove(id, out var context))
            {
                context.End();
            }
        }

        internal static IDictionary<string, object> Answer(params (string Name, object Value)[] members)
        {
            var answer = new Dictionary<string, object>();
            foreach (var (name, value) in members)
            {
                answer[name] = value;
            }
            return answer;
        }

        private sealed class Context
        {
            public readonly NegotiateAuthentication Authentication;
            public readonly DateTime Begun = DateTime.UtcNow;

            public Context(NegotiateAuthentication authentication)
            {
                Authentication = authentication;
            }

            public bool IsEnded { get; private set; }

            public void End()
            {
                lock (this)
                {
                    if (!IsEnded)
                    {
                        IsEnded = true;
                        Authentication.Dispose();
                    }
                }
            }
        }
    }
}
