using Clawdbot.Testing.Processes;
using System.Net;
using System.Text.RegularExpressions;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

public sealed partial class FirstRunTests(FastGateway fast) : IClassFixture<FastGateway>
{
    [Fact]
    public async Task Two_local_replicas_come_up_by_themselves_in_development()
    {
        await using var gateway = await GatewayProcess.StartAsync("--environment=Development");
        var fleet = await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));

        Assert.All(fleet.Replicas, r =>
        {
            Assert.True(r.Pid > 0);
            Assert.StartsWith("http://127.0.0.1:", r.Address, StringComparison.Ordinal);
            Assert.NotEmpty(r.Reason);
        });
        using var ready = await gateway.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.True(ready.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Outside_development_a_gateway_without_a_replica_source_names_the_missing_setting()
    {
        await using var program = RunningProgram.Begin(Repository.Program("Clawdbot.Gateway"), ["--urls=http://127.0.0.1:0", "--Edge:InternalUrl="]);
        await program.Exited.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("Discovery:Replicas", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_without_keys_refuses_to_listen_beyond_loopback()
    {
        await using var program = RunningProgram.Begin(Repository.Program("Clawdbot.Gateway"),
            ["--urls=http://0.0.0.0:0", "--Edge:InternalUrl=", "--Discovery:LocalReplicas=1"]);
        await program.Exited.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("Auth:Keys", program.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP_PORTS")]
    [InlineData("ASPNETCORE_HTTP_PORTS")]
    public async Task A_gateway_without_keys_refuses_the_port_that_an_image_names_and_says_what_to_do(string variable)
    {
        await using var program = RunningProgram.Begin(Repository.Program("Clawdbot.Gateway"),
            ["--Edge:InternalUrl=", "--Discovery:LocalReplicas=1"], environment: new Dictionary<string, string> { [variable] = "0" });
        await program.Exited.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("No API keys are configured, so the gateway listens on loopback only, and http://*:0 is not loopback.", program.Output, StringComparison.Ordinal);
        Assert.Contains("Set Auth:Keys:0:Tenant and Auth:Keys:0:Sha256, or Auth:AllowAnonymous=true", program.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP_PORTS")]
    [InlineData("ASPNETCORE_HTTP_PORTS")]
    public async Task A_gateway_with_keys_listens_at_the_port_that_an_image_names_on_all_addresses(string variable)
    {
        var (program, port) = await RunningProgram.StartAsync(Repository.Program("Clawdbot.Gateway"),
            ["--Edge:InternalUrl=", "--Discovery:LocalReplicas=1", "--Auth:Keys:0:Tenant=acme", $"--Auth:Keys:0:Sha256={new string('a', 64)}"],
            line => OnAllAddresses().Match(line) is { Success: true } match ? match.Groups[1].Value : null, new Dictionary<string, string> { [variable] = "0" });
        await using (program)
        {
            using var http = new HttpClient();
            using var answer = await http.GetAsync($"http://127.0.0.1:{port}/v1/models", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_gateway_without_keys_that_was_told_to_believe_proxies_still_serves_nobody_behind_one()
    {
        await using var gateway = await GatewayProcess.StartAsync(
            new Dictionary<string, string> { ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true" }, "--Discovery:LocalReplicas=1");
        foreach (var (header, value) in ((string, string)[])[("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "203.0.113.9, 127.0.0.1"),
            ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "localhost")])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            request.Headers.TryAddWithoutValidation(header, value);
            using var behind = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
            using var local = await gateway.Http.GetAsync("/v1/models", TestContext.Current.CancellationToken);

            Assert.Equal((header, HttpStatusCode.Forbidden, HttpStatusCode.OK), (header, behind.StatusCode, local.StatusCode));
            Assert.Contains("\"not_local\"", await behind.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_seed_gives_the_same_answer_and_another_seed_another(bool stream)
    {
        var gateway = fast.Process;
        var first = await gateway.Chat.AskAsync("What are you? 你好 🙂", stream, seed: 1);
        var again = await gateway.Chat.AskAsync("What are you? 你好 🙂", stream, seed: 1);
        var other = await gateway.Chat.AskAsync("What are you? 你好 🙂", stream, seed: 2);

        Assert.True(first.Whole);
        Assert.Contains("🙂", first.Text, StringComparison.Ordinal);
        Assert.Equal("stop", first.Finish);
        Assert.Equal(1, first.RoleDeltas);
        Assert.Equal(first.Content, again.Content);
        Assert.NotEqual(first.Text, other.Text);
    }

    [GeneratedRegex(@"Clawdbot serves at http://(?:\[::\]|0\.0\.0\.0):([1-9]\d*) ")]
    private static partial Regex OnAllAddresses();
}
