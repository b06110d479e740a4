using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>What every response in the background needs.</summary>
/// <param name="Store">What gateways keep together.</param>
/// <param name="Reader">Reads requests.</param>
/// <param name="Api">Their form.</param>
/// <param name="Keys">Says what a tenant may use.</param>
/// <param name="Container">Has the path of requests, which itself begins what runs in the background.</param>
/// <param name="Time">The clock.</param>
internal sealed record BackgroundServices(
    BackgroundStore Store, RequestReader Reader, ResponsesApi Api, KeyRing Keys, IServiceProvider Container, TimeProvider Time)
{
    /// <summary>Has a request answered as those of clients that wait: quota, admission, failover.</summary>
    public Task<AnswerUsage?> AnswerAsync(ClientResponse response, RequestContext context, CancellationToken wanted) =>
        Container.GetRequiredService<RequestPath>().AnswerAsync(response, context, wanted);

    /// <summary>The caller of a tenant, with the allowance of the first of its keys that are in force.</summary>
    public Caller CallerOf(string tenant) => new(tenant, IsAdmin: false)
    {
        Allowance = Keys.Current.Keys.FirstOrDefault(k => k.Tenant == tenant)?.ToAllowance() ?? Allowance.Keyless,
    };
}
