using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Engines that refuse what is the request's own fault, and answers with large parts, through a real gateway.</summary>
public sealed class EngineRefusalTests
{
    [Fact]
    public async Task What_is_the_requests_own_fault_is_asked_once_and_told_with_the_engines_status_and_words()
    {
        await using var fleet = await ScriptedFleet.StartAsync(2);
        var asked = 0;
        foreach (var status in (int[])[400, 402, 403, 404, 405, 409, 413, 422, 451])
        {
            fleet.Script.Enqueue(async g =>
            {
                g.Http.Response.StatusCode = status;
                await g.Http.Response.WriteAsJsonAsync(new GenerationError("invalid_request", $"words of {status}"), WireJson.Default.GenerationError);
            });
            var seen = await fleet.Gateway.Chat.AskAsync("count", stream: status % 2 == 0);

            Assert.Equal((status, "invalid_request"), (seen.Status, seen.ErrorCode));
            Assert.Equal(++asked, fleet.Generations);
        }
        Assert.All((await fleet.Gateway.Fleet.NowAsync()).Replicas, r => Assert.Equal(("Healthy", "serving"), (r.State, r.Reason)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_of_several_megabytes_passes(bool stream)
    {
        // This process writes the status of the replica too, and may be late with it on a busy machine.
        await using var fleet = await ScriptedFleet.StartAsync(1, "--Health:SilenceMilliseconds=60000");
        var arguments = new string('x', 5 << 20);
        fleet.Script.Enqueue(async g =>
        {
            await g.StartAsync();
            await g.RawAsync("event: piece\ndata: {\"index\":0,\"choice\":{\"" + (stream ? "delta" : "message") + "\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\","
                + "\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"" + arguments + "\"}}]}}}\n\n");
            await g.RawAsync("event: finish\ndata: {\"index\":0,\"reason\":\"tool_calls\"}\n\nevent: usage\n"
                + "data: {\"prompt_tokens\":5,\"completion_tokens\":12,\"generated\":12}\n\nevent: done\ndata: {}\n\n");
        });
        var seen = await fleet.Gateway.Chat.AskAsync("count", stream, more: ",\"tools\":[{}]");

        Assert.True(seen is { Status: 200, Whole: true, Finish: "tool_calls" }, $"{seen.Status} {seen.ErrorCode} {seen.Finish}");
        Assert.Equal(1, fleet.Generations);
    }
}
