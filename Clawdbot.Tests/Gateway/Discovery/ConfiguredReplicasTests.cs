using System.Threading.Channels;
using Clawdbot.Gateway.Discovery;
using Clawdbot.Tests.Processes;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.Tests.Gateway.Discovery;

/// <summary>What a configured replica is called, by the service discovery that ships.</summary>
public sealed class ConfiguredReplicasTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_name_that_configuration_maps_to_one_address_is_the_replicas_id() => Assert.Equal(
        [("replica-0", "http://127.0.0.1:7001/"), ("replica-1", "http://127.0.0.1:7002/")],
        await ListAsync(2, Configuration(
            ("Discovery:Replicas:0", "http://replica-0"), ("services:replica-0:http:0", "http://127.0.0.1:7001"),
            ("Discovery:Replicas:1", "http://replica-1"), ("services:replica-1:http:0", "http://127.0.0.1:7002"))));

    [Fact]
    public async Task Behind_a_name_with_two_addresses_each_address_is_a_replica_and_its_id() => Assert.Equal(
        [("127.0.0.1:7001", "http://127.0.0.1:7001/"), ("127.0.0.1:7002", "http://127.0.0.1:7002/")],
        await ListAsync(2, Configuration(
            ("Discovery:Replicas:0", "http://pair"), ("services:pair:http:0", "http://127.0.0.1:7001"),
            ("services:pair:http:1", "http://127.0.0.1:7002"))));

    [Theory]
    [InlineData("http://10.0.0.7:8000", "10.0.0.7:8000", "http://10.0.0.7:8000/")]
    [InlineData("http://10.0.0.7:8000/", "10.0.0.7:8000", "http://10.0.0.7:8000/")]
    [InlineData("http://[::1]:8000", "[::1]:8000", "http://[::1]:8000/")]
    [InlineData("http://shim.example:8000", "shim.example:8000", "http://shim.example:8000/")]
    [InlineData("http://shim.example", "shim.example", "http://shim.example/")]
    public async Task A_plain_address_keeps_its_authority_as_id(string configured, string id, string address) =>
        Assert.Equal([(id, address)], await ListAsync(1, Configuration(("Discovery:Replicas:0", configured))));

    [Fact]
    public async Task An_address_configured_twice_is_one_replica() => Assert.Equal(
        [("10.0.0.7:8000", "http://10.0.0.7:8000/"), ("10.0.0.8:8000", "http://10.0.0.8:8000/")],
        await ListAsync(2,
            Configuration(("Discovery:Replicas:0", "http://10.0.0.7:8000"), ("Discovery:Replicas:1", "http://10.0.0.7:8000/"),
            ("Discovery:Replicas:2", "http://10.0.0.8:8000"))));

    [Fact]
    public async Task A_name_that_is_mapped_elsewhere_keeps_its_id_and_moves()
    {
        var configuration = Configuration(("Discovery:Replicas:0", "http://replica-0"),
            ("services:replica-0:http:0", "http://127.0.0.1:7001"));
        await using var source = new Source(configuration);
        Assert.Equal(("replica-0", "http://127.0.0.1:7001/"), Assert.Single(await source.NextAsync()));

        configuration["services:replica-0:http:0"] = "http://127.0.0.1:7009";
        configuration.Reload();

        Assert.Equal(("replica-0", "http://127.0.0.1:7009/"), Assert.Single(await source.NextAsync()));
    }

    [Fact]
    public async Task The_gateway_shows_each_replica_by_its_id_and_answers_through_it()
    {
        await using var shim = await HostedShim.StartAsync("--Engine:Embedded:TokensPerSecond=0");
        await using var gateway = await HostedGateway.StartAsync(
            "--Discovery:Replicas:0=http://replica-0", $"--services:replica-0:http:0=http://{shim.Address.Authority}",
            "--Discovery:Replicas:1=http://pair", "--services:pair:http:0=http://127.0.0.1:1", "--services:pair:http:1=http://127.0.0.1:2",
            "--Discovery:Replicas:2=http://127.0.0.1:3");
        var fleet = await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 4 && f.Replicas.Any(r => r.State == "Healthy"));

        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "replica-0"],
            fleet.Replicas.Select(r => r.Id).Order(StringComparer.Ordinal));
        Assert.Equal(($"http://{shim.Address.Authority}", "Healthy"), (fleet["replica-0"].Address, fleet["replica-0"].State));
        Assert.True((await gateway.Chat.AskAsync("hello", stream: false)).Whole);
        Assert.Equal(1, (await gateway.Fleet.UntilAsync(f => f["replica-0"].Generations == 1))["replica-0"].Generations);
    }

    /// <summary>The first list of so many replicas.</summary>
    private static async Task<IReadOnlyList<(string Id, string Address)>> ListAsync(int count, IConfiguration configuration)
    {
        await using var source = new Source(configuration);
        while (true)
        {
            if (await source.NextAsync() is var list && list.Count == count)
                return list;
        }
    }

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build();

    /// <summary>The source at work, and the lists that it publishes.</summary>
    private sealed class Source : IAsyncDisposable
    {
        private readonly ServiceProvider _services;
        private readonly CancellationTokenSource _end = new();
        private readonly Channel<IReadOnlyList<(string Id, string Address)>> _lists =
            Channel.CreateUnbounded<IReadOnlyList<(string Id, string Address)>>();
        private readonly Task _watching;

        public Source(IConfiguration configuration)
        {
            var services = new ServiceCollection();
            services.AddSingleton(configuration).AddSingleton(TimeProvider.System).AddSingleton<ConfiguredReplicas>().AddLogging()
                .AddServiceDiscovery();
            services.AddOptions<DiscoveryOptions>().BindConfiguration(DiscoveryOptions.Section);
            _services = services.BuildServiceProvider();
            _watching = _services.GetRequiredService<ConfiguredReplicas>().WatchAsync(
                list => _lists.Writer.TryWrite([.. list.Select(e => (e.Id, e.Address!.ToString()))]), _end.Token);
        }

        public Task<IReadOnlyList<(string Id, string Address)>> NextAsync() =>
            _lists.Reader.ReadAsync().AsTask().WaitAsync(Limit, TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _services.DisposeAsync();
            _end.Dispose();
        }
    }
}
