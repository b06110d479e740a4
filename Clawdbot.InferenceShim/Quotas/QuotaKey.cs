using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Quotas;

/// <summary>Names one limit.</summary>
internal readonly record struct QuotaKey(string Tenant, QuotaKind Kind);
