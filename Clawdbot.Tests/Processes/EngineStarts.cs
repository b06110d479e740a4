using System.Globalization;
using System.Text.RegularExpressions;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Processes;

/// <summary>The engines that a shim has started as its children.</summary>
internal static partial class EngineStarts
{
    /// <summary>Ids of their first processes by the shim's log, oldest first.</summary>
    public static IReadOnlyList<int> Of(ShimHost shim) =>
        [.. StartedAs().Matches(shim.Program.Output).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"The engine is started as process (\d+)")]
    private static partial Regex StartedAs();
}
