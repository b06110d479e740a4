using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>A request, as far as admission is concerned.</summary>
/// <param name="Tenant">Name of the tenant.</param>
/// <param name="Share">The tenant's weight against other tenants.</param>
/// <param name="Priority">Class of the request.</param>
/// <param name="Within">Time until the client's deadline for the whole answer; null when it has none.</param>
internal readonly record struct AdmissionRequest(string Tenant, int Share, Priority Priority, TimeSpan? Within);
