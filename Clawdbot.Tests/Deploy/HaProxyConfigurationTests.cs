using System.Globalization;
using System.Text.RegularExpressions;
using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Failover;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>The configuration as HAProxy reads it.</summary>
public sealed class HaProxyConfigurationTests
{
    [Theory]
    [InlineData("127.0.0.1:1", "127.0.0.1:2")]
    [InlineData("localhost:1 resolvers system", "localhost:2 resolvers system", "localhost:3", "localhost:4", "localhost:5", "localhost:6", "localhost:7", "localhost:8")]
    public async Task HAProxy_accepts_the_configuration(params string[] gateways)
    {
        var environment = HaProxyConfiguration.Environment([], 65_001, 65_002);
        foreach (var (i, gateway) in gateways.Index())
            environment[$"GATEWAY_{i.ToString(CultureInfo.InvariantCulture)}"] = gateway;
        var (code, said) = await CheckAsync(environment);

        Assert.True(code == 0, said);
        Assert.DoesNotContain("WARNING", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_gateway_it_says_what_to_set()
    {
        var (code, said) = await CheckAsync(HaProxyConfiguration.Environment([], 65_001, 65_002));

        Assert.NotEqual(0, code);
        Assert.Contains("GATEWAY_0 is not set", said, StringComparison.Ordinal);
    }

    [Fact]
    public void HAProxy_bounds_nothing_before_the_gateway_does()
    {
        var text = File.ReadAllText(HaProxyConfiguration.Shipped);
        var keepAlive = new EdgeOptions().KeepAliveSeconds;
        Assert.True(Number(text, @"timeout server (\d+)s") > 1.5 * keepAlive, "a gateway's sign of life may be 1.5 times as late as it is told");
        Assert.True(Number(text, @"hard-stop-after (\d+)s") > new FailoverOptions().LongestAnswerSeconds, "streams may last so long");
        Assert.True(Number(text, @"req.body_size gt (\d+)") > new EdgeOptions().MaxBodyBytes, "the gateway says what its limit is");
    }

    private static long Number(string text, string pattern) => long.Parse(Regex.Match(text, pattern).Groups[1].Value, CultureInfo.InvariantCulture);

    private static async Task<(int Code, string Said)> CheckAsync(Dictionary<string, string> environment)
    {
        await using var check = RunningProgram.Begin(HaProxyProcess.Require(), ["-c", .. HaProxyConfiguration.Arguments], environment: environment);
        await check.Exited;
        return (check.ExitCode, check.Output);
    }
}
