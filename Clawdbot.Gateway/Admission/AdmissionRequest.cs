using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>A request, as far as admission is concerned.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Share">The tenant's part, held against the other tenants'.</param>
/// <param name="Priority">Who goes first.</param>
/// <param name="Within">How long the client still wants to wait for the whole answer; null where it does not say.</param>
internal readonly record struct AdmissionRequest(string Tenant, int Share, Priority Priority, TimeSpan? Within);
