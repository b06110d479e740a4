using Aspire.Hosting.Testing;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.AppHost;

/// <summary>The application with <c>--Front=haproxy</c>.</summary>
public sealed class HaProxyFrontTests
{
    [Fact(Explicit = true)] // a whole application of its own
    public async Task It_serves_through_HAProxy_which_is_measured_and_started_again()
    {
        Require.Program("/usr/sbin/haproxy", "haproxy");
        Require.Program("/usr/bin/prometheus", "prometheus");
        await using var application = new RunningApplication { Arguments = ["--Front=haproxy"] };
        await application.InitializeAsync();
        Assert.DoesNotContain(application.Resources, r => r.Name.StartsWith("nginx", StringComparison.Ordinal));
        await application.HealthyAsync("haproxy");
        await application.HealthyAsync("prometheus");
        using var http = application.Application.CreateHttpClient("haproxy", "http");
        var chat = new ChatClient(http);
        Assert.True((await chat.AskAsync("hello", stream: true)).Whole);

        using var prometheus = application.Application.CreateHttpClient("prometheus", "http");
        await Poll.UntilAsync(async () => (await prometheus.GetStringAsync("/api/v1/query?query=haproxy_backend_active_servers{proxy=%22gateways%22}==2"))
            .Contains("\"instance\":\"haproxy\"", StringComparison.Ordinal));

        var haproxy = application.Resources.Single(r => r.Name == "haproxy");
        var killed = application.PidOf(haproxy)!.Value;
        Signals.Send(killed, Signals.Kill);
        await Poll.UntilAsync(() => application.PidOf(haproxy) is { } pid && pid != killed);
        await Poll.UntilAsync(async () =>
        {
            try
            {
                return (await chat.AskAsync("hello", stream: false)).Whole;
            }
            catch (HttpRequestException)
            {
                return false; // it does not listen yet
            }
        });
    }
}
