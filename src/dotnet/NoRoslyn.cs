// edge-js names this namespace in a using and uses nothing of it.
namespace Microsoft.CodeAnalysis.CSharp.Syntax { internal static class Unused { } }
