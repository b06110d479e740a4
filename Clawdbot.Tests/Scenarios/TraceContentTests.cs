using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using System.Text;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What never gets into traces, metrics and logs.</summary>
public sealed class TraceContentTests
{
    [Fact]
    public async Task Nothing_exported_holds_a_prompt_a_picture_an_answer_or_a_secret()
    {
        const string prompt = "zanzibar-quokka-4711";
        const string wrongKey = "key-of-nobody-51c2";
        var picture = Pictures.Png(64, 48, (200, 30, 60), (10, 240, 90));
        await using var fleet = await TracedFleet.WithShimsAsync(tokensPerSecond: 20);
        var chat = fleet.Gateway.Chat;
        foreach (var stream in (bool[])[true, false])
            Assert.True((await chat.AskAboutAsync(picture, prompt, stream, more: ",\"max_tokens\":3")).Whole);
        Assert.Equal(400, (await chat.SendAsync($"{{\"messages\":{prompt}", stream: false)).Status);
        Assert.Equal(400, (await chat.SendAsync(ChatClient.Body($"\"{prompt}\"", stream: true, seed: 1, $",\"{prompt}\":{prompt}"), stream: true)).Status);
        using (await fleet.Gateway.Http.PostAsync($"/api/process?api_key={TracedFleet.Key}&key={wrongKey}&q={prompt}",
            new StringContent($$"""{"type":"text","content":"{{prompt}}"}""", Encoding.UTF8, "application/json")))
        using (await fleet.Gateway.Http.GetAsync($"/v1/models?api_key={TracedFleet.Key}"))
        {
        }
        await fleet.Receiver.UntilAsync(15); // the replica that is killed now has exported its spans
        var (moved, _) = await fleet.AskAndKillAsync($"What are you? {prompt}");
        Assert.Equal(2, moved.Attempts);
        fleet.Gateway.With(wrongKey);
        Assert.Equal("invalid_api_key", (await chat.AskAsync(prompt, stream: false)).ErrorCode);

        await fleet.StopAsync(22);
        string[] secrets = [prompt, TracedFleet.Key, TracedFleet.Hash(TracedFleet.Key), wrongKey, TracedFleet.Hash(wrongKey), ShimHost.Secret, ShimHost.AdminSecret,
            .. moved.Text.Split(' ').Chunk(4).Where(words => words.Length == 4).Select(words => string.Join(' ', words)),
            .. Convert.ToBase64String(picture).Chunk(16).Select(piece => new string(piece))];
        foreach (var (signal, known) in ((string, string)[])[("traces", "attempt 1 on "), ("metrics", "clawdbot.gateway.attempts"), ("logs", "Clawdbot serves at ")])
        {
            var exports = fleet.Receiver.Exports(signal);
            Assert.Contains(exports, body => Holds(body, known));
            Assert.All(secrets, secret => Assert.DoesNotContain(exports, body => Holds(body, secret)));
            Assert.DoesNotContain(exports, body => body.AsSpan().IndexOf(picture.AsSpan(16, 32)) >= 0);
        }
    }

    [Fact]
    public async Task Probes_scrapes_proofs_and_status_streams_make_no_traces()
    {
        await using var fleet = await TracedFleet.StartAsync();
        var http = fleet.Gateway.Http;
        var shims = (await fleet.Gateway.Fleet.NowAsync()).Replicas.Select(r => r.Address);
        foreach (var address in shims.Append(fleet.Gateway.Address.ToString()))
        {
            foreach (var path in (string[])["/health/live", "/health/ready", "/metrics"])
                Assert.NotEmpty(await http.GetStringAsync(new Uri(new Uri(address!), path)));
        }
        using (var stream = await http.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead))
        using (var events = new SseReader(await stream.Content.ReadAsStreamAsync()))
            Assert.Equal(SseResult.Event, await events.ReadAsync(TestContext.Current.CancellationToken));
        Assert.True((await fleet.Gateway.Chat.AskAsync("What are you?", stream: true)).Whole);

        var spans = await fleet.StopAsync(4); // whatever lasted has ended and been exported now
        Assert.True(spans.Count == 4, string.Join('\n', spans));
    }

    private static bool Holds(byte[] body, string text) => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
