using System.Net;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Xunit;

namespace Clawdbot.Tests.Shim.Api;

/// <summary>A replica that is asked directly says what it would have said through a gateway, and only to those who may ask.</summary>
public sealed class OpenAiEndpointTests
{
    private static readonly string[] Fast = ["--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=0"];

    [Fact]
    public async Task It_says_what_it_says_through_a_gateway()
    {
        await using var shim = await HostedShim.StartAsync(["--Api:OpenAi=true", .. Fast]);
        await using var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0={shim.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        using var http = Clients.Create(shim.Address, ShimHost.Secret);
        var direct = new ChatClient(http, await Clients.FirstModelAsync(http, TestContext.Current.CancellationToken));
        var questions = new QuestionBank(new LoadPlan { Streaming = 0.5, Pictures = 0.5, MaxTokens = null }, new Random(1)).All;
        var checker = new Checker(await ExpectedAnswers.LearnAsync(gateway.Chat, questions, TestContext.Current.CancellationToken));

        Assert.NotEmpty(questions);
        foreach (var question in questions)
            Assert.Equal((Verdict.Right, ""),
                checker.Judge(question, await direct.AskAsync(question, TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData(ShimHost.Secret, HttpStatusCode.BadRequest)]
    public async Task It_wants_the_fleet_secret_and_then_a_request(string? key, HttpStatusCode status)
    {
        await using var shim = await HostedShim.StartAsync(["--Api:OpenAi=true", .. Fast]);
        using var http = Clients.Create(shim.Address, key);
        using var response = await http.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), new StringContent("{"),
            TestContext.Current.CancellationToken);

        Assert.Equal(status, response.StatusCode);
        Assert.Contains("\"error\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_who_did_not_ask_for_it_gets_it()
    {
        await using var shim = await HostedShim.StartAsync(Fast);
        using var http = Clients.Create(shim.Address, ShimHost.Secret);
        using var response = await http.GetAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
