using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Apis.Responses.Background;
using Clawdbot.Gateway.Edge.Idempotency;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge;

/// <summary>The services that <see cref="RequestPath"/> calls, in the order of its steps.</summary>
/// <param name="Auth">Tells who asks.</param>
/// <param name="Reader">Reads what is asked.</param>
/// <param name="Background">Begins responses that go on without their client.</param>
/// <param name="Idempotency">Answers a request with an <c>Idempotency-Key</c> once.</param>
/// <param name="Quotas">Holds the request against its tenant's limits.</param>
/// <param name="Admission">Grants a place in the fleet.</param>
/// <param name="Completion">Has the request answered.</param>
internal sealed record RequestSteps(
    Authenticator Auth, RequestReader Reader, BackgroundEndpoints Background, IdempotentPath Idempotency, TenantQuotas Quotas,
    AdmissionQueue Admission, CompletionHandler Completion);
