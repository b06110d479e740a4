using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Coming to admission's door.</summary>
internal static class AdmissionCalls
{
    public static Task<AdmissionResult> Enter(
        AdmissionQueue queue, string tenant = "t", Priority priority = Priority.Normal, int share = 1, double? withinSeconds = null,
        CancellationToken client = default) =>
        queue.EnterAsync(new AdmissionRequest(tenant, share, priority, withinSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
            client).AsTask();

    public static async Task<Lease> AdmittedAsync(Task<AdmissionResult> entry)
    {
        var (result, lease, _) = await SoonAsync(entry);
        Assert.Equal(AdmissionOutcome.Admitted, result);
        return lease!;
    }

    /// <returns>When to come again, seconds.</returns>
    public static async Task<int> RefusedAsync(AdmissionOutcome reason, Task<AdmissionResult> entry)
    {
        var (result, lease, retryAfter) = await SoonAsync(entry);
        Assert.Equal((reason, null), (result, lease));
        Assert.InRange(retryAfter, 1, 300);
        return retryAfter;
    }

    /// <summary>What has been decided already and only needs a thread to say so: the limit turns a hang into a failure.</summary>
    public static Task<AdmissionResult> SoonAsync(Task<AdmissionResult> entry) =>
        entry.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
}
