using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Health;

public sealed class StatusListenerTests : IDisposable
{
    private static readonly Uri Address = new("http://a:1");

    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<ShimStatus> _heard = Channel.CreateUnbounded<ShimStatus>();
    private readonly Channel<(EjectionCause Cause, string Why)> _lost = Channel.CreateUnbounded<(EjectionCause, string)>();

    [Fact]
    public async Task What_the_shim_says_is_heard()
    {
        using var streams = new StatusStreams();
        Listen(streams);

        await streams.SayAsync(Address, SomeReplica.Status(ShimVerdict.Ready));
        await streams.SayAsync(Address, SomeReplica.Status(ShimVerdict.Draining));

        Assert.Equal(ShimVerdict.Ready, (await NextAsync(_heard)).Verdict);
        Assert.Equal(ShimVerdict.Draining, (await NextAsync(_heard)).Verdict);
    }

    [Fact]
    public async Task A_stream_that_ends_is_a_lost_connection_and_asked_for_anew()
    {
        using var ending = new Answers(() => Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent([]) }));
        Listen(ending);

        Assert.Equal(EjectionCause.ConnectionLost, (await NextAsync(_lost)).Cause);
        await UntilTickedAsync(TimeSpan.FromMilliseconds(200), ending, calls: 2);
        Assert.Equal(EjectionCause.ConnectionLost, (await NextAsync(_lost)).Cause);
    }

    [Fact]
    public async Task A_refused_stream_is_a_lost_connection_and_tells_the_status()
    {
        using var refusing = new Answers(() => Task.FromResult(new HttpResponseMessage(HttpStatusCode.Unauthorized)));
        Listen(refusing);

        var (cause, why) = await NextAsync(_lost);
        Assert.Equal(EjectionCause.ConnectionLost, cause);
        Assert.Contains("401", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nonsense_on_the_stream_is_a_lost_connection_and_does_not_end_the_listening()
    {
        using var babbling = new Answers(() =>
            Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent("data: {\"x\":\n\n"u8.ToArray()) }));
        Listen(babbling);

        Assert.Equal(EjectionCause.ConnectionLost, (await NextAsync(_lost)).Cause);
        await UntilTickedAsync(TimeSpan.FromMilliseconds(200), babbling, calls: 2);
    }

    [Theory]
    [InlineData(typeof(FleetProofException), EjectionCause.Unproven)]
    [InlineData(typeof(TimeoutException), EjectionCause.Silent)]
    [InlineData(typeof(IOException), EjectionCause.ConnectionLost)]
    public async Task A_connection_that_fails_tells_why(Type fault, object cause)
    {
        using var failing = new Answers(() => throw new HttpRequestException("no", (Exception)Activator.CreateInstance(fault, "because")!));
        Listen(failing);

        Assert.Equal((EjectionCause)cause, (await NextAsync(_lost)).Cause);
    }

    [Fact]
    public async Task A_stream_on_which_nothing_comes_is_given_up_and_asked_for_anew()
    {
        using var silent = new Answers(() =>
            Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new Pipe().Reader.AsStream()) }));
        Listen(silent);
        Assert.True(await silent.AskedAsync(10_000));

        await UntilTickedAsync(TimeSpan.FromSeconds(5), silent, calls: 2);

        Assert.Equal(EjectionCause.Silent, (await NextAsync(_lost)).Cause);
    }

    [Fact]
    public async Task Ten_seconds_in_which_the_gateway_itself_stood_still_end_no_stream()
    {
        using var streams = new StatusStreams();
        Listen(streams);
        await streams.SayAsync(Address, SomeReplica.Status(ShimVerdict.Ready));
        await NextAsync(_heard);

        _time.AdvanceTimestamp(TimeSpan.FromSeconds(10));
        await streams.SayAsync(Address, SomeReplica.Status(ShimVerdict.Draining));

        Assert.Equal(ShimVerdict.Draining, (await NextAsync(_heard)).Verdict);
        Assert.False(_lost.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_shim_that_takes_the_connection_and_never_answers_is_given_up_and_asked_anew()
    {
        using var mute = new Answers(() => new TaskCompletionSource<HttpResponseMessage>().Task);
        Listen(mute);
        Assert.True(await mute.AskedAsync(10_000));

        await UntilTickedAsync(TimeSpan.FromSeconds(5), mute, calls: 2);

        Assert.Equal(EjectionCause.Silent, (await NextAsync(_lost)).Cause);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Listen(HttpMessageHandler shim)
    {
        var listener = new StatusListener(
            new ShimClient(new HttpMessageInvoker(shim), Options.Create(new FleetOptions()), new GatewayInstance("g"), _time),
            new HealthOptions(), _time);
        _ = listener.ListenAsync(Address, s => _heard.Writer.TryWrite(s), (cause, why) => _lost.Writer.TryWrite((cause, why)), _stop.Token);
    }

    /// <summary>
    /// Lets time pass until the shim has been asked so often. The listener sets its timers on its own thread, so more than once.
    /// </summary>
    private async Task UntilTickedAsync(TimeSpan step, Answers shim, int calls)
    {
        for (var i = 0; i < 500 && shim.Calls < calls; i++)
        {
            _time.Advance(step);
            await shim.AskedAsync(10);
        }
        Assert.True(shim.Calls >= calls, $"asked {shim.Calls} times, expected {calls}");
    }

    private static Task<T> NextAsync<T>(Channel<T> channel) =>
        channel.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);

    /// <summary>Answers every request the same way, and counts.</summary>
    private sealed class Answers(Func<Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        private readonly SemaphoreSlim _asked = new(0);
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        /// <summary>Waits until it is asked once more; false when that takes longer.</summary>
        public Task<bool> AskedAsync(int milliseconds) => _asked.WaitAsync(milliseconds);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            _asked.Release();
            return answer().WaitAsync(cancellationToken);
        }
    }
}
