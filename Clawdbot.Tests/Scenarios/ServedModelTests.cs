using System.Text.Json;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Processes;
using Clawdbot.Tests.Shim.Engines;
using static Microsoft.Playwright.Assertions;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Clients ask for a model by one name, engines have another for it, and a gateway says which one served.</summary>
public sealed class ServedModelTests
{
    private const string Process = """{"type":"text","content":"hi"}""";

    [Theory]
    [MemberData(nameof(NamedEngine.Kinds), MemberType = typeof(NamedEngine))]
    public async Task Answers_have_the_name_that_was_asked_for_and_say_what_served(string kind)
    {
        var own = NamedEngine.Model(kind);
        using var ledger = new LedgerLines();
        await using var fake = await NamedEngine.StartAsync(kind);
        await using var shim = await HostedShim.StartAsync(EngineShims.Arguments(kind, fake, Names(own)));
        await using var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0={shim.Address}", $"--Ledger:Path={ledger.Path}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));

        foreach (var (model, stream) in ((string, bool)[])[("chat", true), ("chat", false), ("also", true), ("also", false)])
        {
            var answer = await NamedFleet.SendAsync(gateway, "/v1/chat/completions", Body(model, stream));
            Assert.Equal((model, own, own, null), (Assert.Single(answer.Models), answer.Header, answer.Served, answer.Error));
            Assert.NotEmpty(answer.Text);
        }
        var processed = await NamedFleet.SendAsync(gateway, "/api/process", Process);
        Assert.Equal(("chat", own, own), (Assert.Single(processed.Models), processed.Header, processed.Served));

        using var report = JsonDocument.Parse(await gateway.Http.GetStringAsync("/api/replicas", TestContext.Current.CancellationToken));
        var replica = report.RootElement.GetProperty("replicas")[0];
        Assert.Equal(("chat", own), (replica.GetProperty("model").GetString(), replica.GetProperty("served_model").GetString()));
        Assert.All(await ledger.UntilAsync(5), line => Assert.Equal(own, line.GetProperty("served_model").GetString()));
    }

    [Fact]
    public async Task An_answer_that_is_given_again_says_what_served_it_then()
    {
        await using var fake = await NamedEngine.StartAsync("openai");
        await using var shim = await HostedShim.StartAsync(EngineShims.Arguments("openai", fake, Names(OpenAiFake.Model)));
        await using var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0={shim.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        var first = await NamedFleet.SendAsync(gateway, "/v1/chat/completions", Body("chat", stream: true), "a-key");
        var again = await NamedFleet.SendAsync(gateway, "/v1/chat/completions", Body("chat", stream: true), "a-key");

        Assert.Single(fake.Core.Bodies);
        Assert.Equal((OpenAiFake.Model, OpenAiFake.Model, first.Text), (again.Header, again.Served, again.Text));
    }

    [Fact]
    public async Task Without_a_name_of_its_own_what_was_asked_for_served()
    {
        await using var fake = await OpenAiFake.StartAsync();
        await using var shim = await HostedShim.StartAsync(
            EngineShims.Arguments("openai", fake, "--Engine:Model=chat", "--Engine:AlsoModels:0=also"));
        await using var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0={shim.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        foreach (var model in (string[])["chat", "also"])
        {
            var answer = await NamedFleet.SendAsync(gateway, "/v1/chat/completions", Body(model, stream: true));
            Assert.Equal((model, model, model), (Assert.Single(answer.Models), answer.Header, answer.Served));
        }
    }

    [Fact]
    public async Task A_name_that_no_header_can_have_is_told_in_the_answer_alone()
    {
        await using var fake = await NamedEngine.StartAsync("openai", "千问 VL");
        await using var shim = await HostedShim.StartAsync(EngineShims.Arguments("openai", fake, Names("千问 VL")));
        await using var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0={shim.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        foreach (var stream in (bool[])[true, false])
        {
            var answer = await NamedFleet.SendAsync(gateway, "/v1/chat/completions", Body("chat", stream));
            Assert.Equal((null, "千问 VL", null), (answer.Header, answer.Served, answer.Error));
        }
    }

    [Theory]
    [InlineData("openai", true, "--Engine:OpenAi:Continuation=ContinueFinalMessage")]
    [InlineData("openai", false, "--Engine:OpenAi:Continuation=ContinueFinalMessage")]
    [InlineData("vllm", true, "--Engine:Vllm:Deterministic=true")]
    [InlineData("vllm", false, "--Engine:Vllm:Deterministic=true")]
    public async Task After_a_kill_an_answer_goes_on_where_the_model_has_the_same_name(string kind, bool stream, string how)
    {
        var own = NamedEngine.Model(kind);
        await using var fleet = await NamedFleet.StartAsync(kind, [own, own], how);
        var undisturbed = await fleet.AskAsync(stream);
        fleet.StopOne();
        var asked = fleet.AskAsync(stream);
        await fleet.KillServingAsync();
        var answer = await asked;

        Assert.Equal((NamedFleet.Asked, own, own, null), (Assert.Single(answer.Models), answer.Header, answer.Served, answer.Error));
        if (kind == "vllm")
            Assert.Equal(undisturbed.Text, answer.Text);
        else
            Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(answer.Text));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Under_one_name_two_models_never_go_on_with_each_others_answers_and_both_serve(bool stream)
    {
        string[] names = ["small", "large"];
        await using var fleet = await NamedFleet.StartAsync("openai", names, "--Engine:OpenAi:Continuation=ContinueFinalMessage");
        fleet.StopOne();
        var asked = fleet.AskAsync(stream);
        var killed = await fleet.KillServingAsync();
        var (answer, other) = (await asked, 1 - killed);

        if (stream)
            Assert.Equal((names[killed], "cannot_continue"), (answer.Header, answer.Error)); // the client has a part of it
        else
            Assert.Equal((names[other], names[other], null), (answer.Header, answer.Served, answer.Error)); // begun anew
        Assert.All(fleet.Engines[other].Core.Bodies, b => Assert.DoesNotContain("continue_final_message", b, StringComparison.Ordinal));

        var next = await fleet.AskAsync(stream);
        Assert.Equal((NamedFleet.Asked, names[other], names[other], null),
            (Assert.Single(next.Models), next.Header, next.Served, next.Error));
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(next.Text));
    }

    [Fact]
    public async Task The_status_page_shows_it_where_it_is_another()
    {
        await using var fake = await NamedEngine.StartAsync("openai");
        await using var named = await HostedShim.StartAsync(EngineShims.Arguments("openai", fake, Names(OpenAiFake.Model)));
        await using var plain = await HostedShim.FastAsync();
        await using var gateway = await HostedGateway.StartAsync(
            $"--Discovery:Replicas:0={named.Address}", $"--Discovery:Replicas:1={plain.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));

        await using var browser = await BrowserPage.OpenAsync(gateway.Address);
        var cards = browser.Page.Locator("#replicas article");
        await Expect(cards.Filter(new() { HasText = named.Address.Authority }).Locator("[data-slot=served]"))
            .ToHaveTextAsync($"served by {OpenAiFake.Model}");
        await Expect(cards.Filter(new() { HasText = plain.Address.Authority }).Locator("[data-slot=served]")).ToBeHiddenAsync();
        await browser.ScreenshotAsync("served model");
        Assert.Empty(browser.Problems);
    }

    private static string[] Names(string own) => ["--Engine:Model=chat", "--Engine:AlsoModels:0=also", $"--Engine:UpstreamModel={own}"];

    private static string Body(string model, bool stream) =>
        $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"hi"}]}""";
}
