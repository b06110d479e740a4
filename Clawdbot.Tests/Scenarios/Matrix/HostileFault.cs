using Clawdbot.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>A fault of a replica, planted before a client has seen anything of its answer, or after five of its twelve words.</summary>
/// <param name="Name">As the table has it.</param>
/// <param name="IsAfter">Whether words came before it.</param>
/// <param name="Do">It.</param>
internal sealed record HostileFault(string Name, bool IsAfter, Misbehaviour Do)
{
    private const int Some = 5;

    /// <summary>Later than any start, sooner than the clocks of <see cref="MatrixFleet"/>.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(300);

    /// <summary>Every one that a replica can show by itself.</summary>
    public static IReadOnlyList<HostileFault> All { get; } =
    [
        Before("resets the connection", Abort),
        Before("answers 500", g => Status(g, 500)),
        Before("answers 503", g => Status(g, 503)),
        Before("answers 429", g => Status(g, 429)),
        Before("answers 401: forgot the secret", g => Status(g, 401)),
        Before("answers 200 with an empty body", g => { g.Http.Response.ContentType = "text/event-stream"; return Task.CompletedTask; }),
        Before("answers 200 with another content type", g => g.Http.Response.WriteAsJsonAsync(1)),
        Before("ends after the start", g => g.StartAsync()),
        Before("takes the request and runs nothing (dead input thread)", g => g.SilenceAsync()),
        Before("starts and stalls", async g => { await g.StartAsync(); await g.SilenceAsync(); }),
        Before("first token is slow", async g => { await Task.Delay(Slow, TimeProvider.System, CancellationToken.None); await g.WholeAsync(); }),
        Before("malformed event", g => RawAsync(g, "event: start\ndata: {\"inst\":[\n\n")),
        Before("half an event", g => RawAsync(g, "event: start\ndata: {\"inst")),
        Before("tokens before the start", async g => { g.Http.Response.ContentType = "text/event-stream"; await g.TokensAsync(3); await g.SilenceAsync(); }),
        Before("error event under 200", async g => { await g.StartAsync(); await g.RawAsync(Error); }),
        After("resets the connection", Abort),
        After("cut: ends as if all were said", _ => Task.CompletedTask),
        After("stalls", g => g.SilenceAsync()),
        After("malformed event", async g => { await g.RawAsync("event: tokens\ndata: {\"text\":[\n\n"); await g.SilenceAsync(); }),
        After("unknown event", async g => { await g.RawAsync("event: party\ndata: {}\n\n"); await g.SilenceAsync(); }),
        After("half an event", g => g.RawAsync("event: tokens\ndata: {\"te")),
        After("error event under 200", g => g.RawAsync(Error)),
    ];

    private const string Error = "event: error\ndata: {\"code\":\"engine_dead\",\"message\":\"EngineDeadError\"}\n\n";

    private static HostileFault Before(string name, Misbehaviour act) => new(name, false, act);

    private static HostileFault After(string name, Misbehaviour act) => new(name, true, async g =>
    {
        await g.StartAsync();
        await g.TokensAsync(Some);
        await g.Seen;
        await act(g);
    });

    private static Task Abort(HostileShim.HostileGeneration generation)
    {
        generation.Http.Abort();
        return Task.CompletedTask;
    }

    private static Task Status(HostileShim.HostileGeneration generation, int status)
    {
        generation.Http.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task RawAsync(HostileShim.HostileGeneration generation, string bytes)
    {
        generation.Http.Response.ContentType = "text/event-stream";
        return generation.RawAsync(bytes);
    }
}
