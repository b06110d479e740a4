using System.Diagnostics;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Starts an engine in a way that it ends with the shim, whatever ends the shim.</summary>
internal static class Launch
{
    /// <summary>
    /// The engine leads a session of its own. A watcher in it reads from the shim: the pipe ends with the shim, however that ends, and
    /// the watcher kills the group. It is no child of the engine, which expects no such child.
    /// </summary>
    /// <remarks>Linux's parent-death signal reaches one process only, and fires when a thread ends: see docs/decisions/0013.</remarks>
    private const string Script = """
        exec 3<&0
        ( ( read -r _; kill -9 -$$ ) <&3 3<&- >/dev/null 2>&1 & )
        exec "$@" </dev/null 3<&-
        """;

    private static readonly string[] Sections = ["Fleet__", "Engine__", "Drain__", "Api__", "Parent__", "Logging__"];

    /// <summary>What starts an engine.</summary>
    /// <param name="command">Program and arguments.</param>
    public static ProcessStartInfo Of(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["/bin/sh", "-c", Script, "engine", .. command])
            start.ArgumentList.Add(argument);
        // The shim's own variables are not the engine's: with them it would listen where the shim does, and hold its secrets.
        foreach (var name in start.Environment.Keys.Where(IsOurs).ToList())
            start.Environment.Remove(name);
        return start;
    }

    private static bool IsOurs(string name) =>
        name is "ASPNETCORE_URLS" or "ASPNETCORE_HTTP_PORTS" or "HTTP_PORTS" or "ASPNETCORE_ENVIRONMENT" or "DOTNET_ENVIRONMENT"
            or "NOTIFY_SOCKET" or "CREDENTIALS_DIRECTORY"
        || Sections.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
