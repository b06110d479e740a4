using Clawdbot.Drill.Scenarios;

namespace Clawdbot.Drill;

/// <summary>The arguments of <c>drill run</c>.</summary>
/// <param name="Scenario">Name of a scenario that ships, or path of a file.</param>
/// <param name="Target">A server that runs already; null: one is started.</param>
/// <param name="ApiKey">The bearer token for the target.</param>
/// <param name="Model">Model to ask for; null: the first it lists.</param>
/// <param name="Output">Folder of the reports.</param>
/// <param name="Only">Contenders to keep; empty: all of the scenario's.</param>
internal sealed record RunArguments(
    string Scenario, Uri? Target, string? ApiKey, string? Model, DirectoryInfo Output, IReadOnlyList<ContenderKind> Only);
