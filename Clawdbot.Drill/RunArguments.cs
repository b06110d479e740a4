using Clawdbot.Drill.Scenarios;

namespace Clawdbot.Drill;

/// <summary>What <c>drill run</c> was asked for.</summary>
/// <param name="Scenario">Name or file.</param>
/// <param name="Target">A server that runs already; null: one is started.</param>
/// <param name="ApiKey">What it wants as a bearer token.</param>
/// <param name="Model">Model to ask for; null: the first it lists.</param>
/// <param name="Output">Folder of the reports.</param>
/// <param name="Only">Contenders to keep; empty: all of the scenario's.</param>
internal sealed record RunArguments(
    string Scenario, Uri? Target, string? ApiKey, string? Model, DirectoryInfo Output, IReadOnlyList<ContenderKind> Only);
