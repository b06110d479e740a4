using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Clawdbot.Tests.Testing.Load;

/// <summary>Requests are due when they are due.</summary>
public sealed class OpenLoopTests
{
    private const string Answer = """{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]}""";

    [Fact]
    public async Task A_server_that_answers_nobody_is_asked_all_the_same()
    {
        const int requests = 40;
        var arrived = 0;
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await ServerAsync(async http =>
        {
            // Only the last request opens the gate for all: a client that waits for an answer before it asks again never gets there.
            if (Interlocked.Increment(ref arrived) == requests)
                open.SetResult();
            await open.Task;
            await http.Response.WriteAsync(Answer);
        });

        var samples = await RunAsync(server, requests, TimeSpan.FromSeconds(60));

        Assert.Equal(requests, samples.Count);
        Assert.All(samples, s => Assert.Equal(Verdict.Right, s.Verdict));
        var inOrder = samples.OrderBy(s => s.Due).ToList();
        Assert.True(inOrder[0].Total > inOrder[^1].Total, "Who was due first waited longest, and that must show.");
    }

    [Fact]
    public async Task A_server_that_never_answers_is_hung_and_not_a_wait_for_ever()
    {
        await using var server = await ServerAsync(http => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));

        Assert.All(await RunAsync(server, 3, TimeSpan.FromSeconds(1)), s => Assert.Equal(Verdict.Hung, s.Verdict));
    }

    [Fact]
    public async Task A_server_that_sheds_load_is_not_one_that_fails()
    {
        await using var server = await ServerAsync(http =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "1";
            return http.Response.WriteAsync("""{"error":{"code":"busy","message":"later"}}""");
        });

        Assert.All(await RunAsync(server, 3, TimeSpan.FromSeconds(30)), s => Assert.Equal((Verdict.Refused, 429), (s.Verdict, s.Status)));
    }

    [Fact]
    public void The_same_seed_is_the_same_load()
    {
        LoadStep[] steps = [new() { Rate = 100, Seconds = 10 }, new() { Rate = 10, Seconds = 10, Even = true }];
        var due = ArrivalSchedule.Draw(steps, new Random(3));

        Assert.Equal(due, ArrivalSchedule.Draw(steps, new Random(3)));
        Assert.Equal(due.Order(), due);
        Assert.InRange(due.Count(d => d < 10_000), 800, 1200); // the seed is fixed: these are sanity limits, not chance
        Assert.Equal(Enumerable.Range(0, 100).Select(i => 10_000 + (i * 100.0)), due.Where(d => d >= 10_000));
    }

    private static async Task<IReadOnlyCollection<Sample>> RunAsync(WebApplication server, int requests, TimeSpan patience)
    {
        using var http = Clients.Create(new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), null);
        var question = new Question("q", "q", null, false, 1, null);
        var load = new LoadRun(new ChatClient(http, "m"), new Checker(new ExpectedAnswers()), patience, TimeProvider.System);
        await load.RunAsync([.. Enumerable.Range(0, requests).Select(i => i * 5.0)], () => question, TestContext.Current.CancellationToken);
        return load.Samples;
    }

    private static async Task<WebApplication> ServerAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/chat/completions", answer);
        await app.StartAsync();
        return app;
    }
}
