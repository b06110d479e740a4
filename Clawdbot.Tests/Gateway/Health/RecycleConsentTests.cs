using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Health;

public sealed class RecycleConsentTests : IDisposable
{
    private readonly ManualTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(1));
    private readonly Recorder _recorder = new();
    private readonly HttpMessageInvoker _http;
    private readonly List<WatchedReplica> _fleet = [];
    private readonly RecycleConsent _consent;

    public RecycleConsentTests()
    {
        _http = new HttpMessageInvoker(_recorder);
        _consent = Gateway("g");
        for (var i = 0; i < 3; i++)
        {
            var endpoint = new ReplicaEndpoint($"r{i}", "test", new Uri($"http://r{i}:1"));
            _fleet.Add(new WatchedReplica(endpoint, new HealthOptions(), _time.GetMonotonicTime()));
            Say(i, ShimVerdict.Ready, wishes: false);
        }
    }

    public void Dispose() => _http.Dispose();

    [Fact]
    public void Without_a_wish_nothing_is_agreed_to()
    {
        Look(_consent);
        Assert.Empty(_recorder.Calls);
    }

    [Fact]
    public void A_wish_is_agreed_to_and_renewed_as_long_as_it_stands()
    {
        Say(1, ShimVerdict.Ready, wishes: true);
        Look(_consent);
        Assert.Equal(["g -> r1 for 5 s"], _recorder.Calls);
        Look(_consent);
        Assert.Single(_recorder.Calls);
        _time.Advance(TimeSpan.FromSeconds(1));
        Look(_consent);
        Assert.Equal(2, _recorder.Calls.Count);
    }

    [Theory]
    [InlineData(ShimVerdict.Draining)]
    [InlineData(ShimVerdict.Starting)]
    [InlineData(ShimVerdict.Sick)]
    public void As_long_as_another_replica_is_not_well_nothing_is_agreed_to(ShimVerdict verdict)
    {
        Say(0, ShimVerdict.Ready, wishes: true);
        Say(2, verdict, wishes: false);
        Look(_consent);
        Assert.Empty(_recorder.Calls);
    }

    [Fact]
    public void The_only_replica_of_a_model_stays()
    {
        Say(0, ShimVerdict.Ready, wishes: true, model: "another");
        Look(_consent);
        Assert.Empty(_recorder.Calls);
    }

    [Fact]
    public void The_next_one_waits_until_the_first_is_back()
    {
        Say(0, ShimVerdict.Ready, wishes: true);
        Say(1, ShimVerdict.Ready, wishes: true);
        Look(_consent);
        Say(0, ShimVerdict.Draining, wishes: false);
        for (var i = 0; i < 600; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Say(0, i < 300 ? ShimVerdict.Draining : ShimVerdict.Starting, wishes: false);
            Look(_consent);
        }
        Assert.Equal(["g -> r0 for 5 s"], _recorder.Calls);

        Say(0, ShimVerdict.Ready, wishes: false);
        Look(_consent);
        Assert.Equal("g -> r1 for 5 s", _recorder.Calls[^1]);
    }

    [Fact]
    public void A_consent_that_was_not_used_yet_is_not_given_twice()
    {
        Say(1, ShimVerdict.Ready, wishes: true);
        Look(_consent);
        Say(0, ShimVerdict.Ready, wishes: true); // comes first by its name
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Look(_consent);
        Assert.Single(_recorder.Calls);
    }

    [Fact]
    public void Gateways_that_chose_differently_come_to_agree()
    {
        var other = Gateway("h");
        Say(1, ShimVerdict.Ready, wishes: true);
        Look(_consent); // one gateway hears of this wish first, the other of that
        Say(0, ShimVerdict.Ready, wishes: true);
        Look(other);
        Assert.Equal(["g -> r1 for 5 s", "h -> r0 for 5 s"], _recorder.Calls);

        _recorder.Calls.Clear();
        _time.Advance(TimeSpan.FromSeconds(5));
        Look(_consent);
        Look(other);
        Assert.Equal(["g -> r0 for 5 s", "h -> r0 for 5 s"], _recorder.Calls);
    }

    private RecycleConsent Gateway(string name) =>
        new(new ShimClient(_http, Options.Create(new FleetOptions()), new GatewayInstance(name), _time),
            NullLogger<RecycleConsent>.Instance);

    private void Look(RecycleConsent consent) => consent.Look(_fleet, _time.GetMonotonicTime());

    private void Say(int replica, ShimVerdict verdict, bool wishes, string model = SomeReplica.Model)
    {
        var status = SomeReplica.Status(verdict, model) with { Instance = $"i{replica}", WantsRecycle = wishes ? "it leaks" : null };
        _fleet[replica].Heard(status, _time.GetMonotonicTime());
        _fleet[replica].Health.StatusReceived(status, _time.GetMonotonicTime());
        if (verdict == ShimVerdict.Ready)
            _fleet[replica].Health.StatusReceived(status, _time.GetMonotonicTime());
    }

    /// <summary>Writes down who agreed to what.</summary>
    private sealed class Recorder : HttpMessageHandler
    {
        public List<string> Calls { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal(FleetRoutes.RecycleConsent, request.RequestUri!.AbsolutePath);
            Calls.Add($"{request.Headers.GetValues(FleetHeaders.Gateway).Single()} -> {request.RequestUri.Host} "
                + $"for {request.Headers.GetValues(FleetHeaders.LeaseSeconds).Single()} s");
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.NoContent));
        }
    }
}
