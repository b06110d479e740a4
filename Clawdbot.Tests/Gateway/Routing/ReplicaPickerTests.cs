using System.Text;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using CsCheck;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Routing;

/// <summary>Requests that a replica's caches know go to it, as long as that burdens nobody.</summary>
public sealed class ReplicaPickerTests
{
    private const int Keys = 2000;

    [Fact]
    public void The_same_key_goes_to_the_same_replica_in_every_gateway_and_keys_are_spread_evenly()
    {
        var (set, homes) = (Fleet(10), new Dictionary<string, int>());
        for (ulong key = 0; key < Keys; key++)
        {
            var home = Pick(Picker(1), set, key);
            Assert.Equal(home, Pick(Picker(2), set, key));
            homes[home] = homes.GetValueOrDefault(home) + 1;
        }

        Assert.Equal(10, homes.Count);
        Assert.All(homes.Values, count => Assert.InRange(count, Keys / 10 * 0.7, Keys / 10 * 1.3));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(50)]
    public void When_a_replica_comes_or_goes_only_its_keys_move(int replicas)
    {
        var (before, after) = (Fleet(replicas), new ReplicaSet(Fleet(replicas + 1).All.Where(r => r.Id != "r001")));
        var picker = Picker();
        var moved = 0;
        for (ulong key = 0; key < Keys; key++)
        {
            var (old, now) = (Pick(picker, before, key), Pick(picker, after, key));
            Assert.True(old == now || old == "r001" || now == $"r{replicas:000}", $"{key} moved from {old} to {now}");
            moved += old == now ? 0 : 1;
        }

        Assert.InRange(moved, Keys / (replicas + 1), Keys * 3 / replicas); // about two shares of them
    }

    [Fact]
    public void Where_the_home_is_much_more_loaded_than_the_average_the_next_by_number_is_taken_and_always_the_same()
    {
        var set = Fleet(8, capacity: 8);
        for (ulong key = 0; key < 50; key++)
        {
            var home = set.Find(Pick(Picker(), set, key))!;
            home.Live.Status = home.Live.Status! with { InFlight = 5 };
            var picker = Picker();
            var next = Pick(picker, set, key);
            Assert.NotEqual(home.Id, next);
            Assert.Equal((next, 0, 1), (Pick(Picker(2), set, key), picker.Home, picker.Spilled));

            foreach (var other in set.All)
                other.Live.Status = other.Live.Status! with { InFlight = 5 };
            Assert.Equal(home.Id, Pick(Picker(), set, key)); // as loaded as everybody
            foreach (var other in set.All)
                other.Live.Status = other.Live.Status! with { InFlight = 0 };
        }
    }

    [Fact]
    public void A_little_load_on_an_idle_fleet_drives_nobody_from_home()
    {
        var set = Fleet(4, capacity: 8);
        var home = set.Find(Pick(Picker(), set, 7))!;
        home.Live.Enter();
        home.Live.Enter();

        Assert.Equal(home.Id, Pick(Picker(), set, 7));
        home.Live.Enter();
        Assert.NotEqual(home.Id, Pick(Picker(), set, 7));
    }

    [Fact]
    public void However_many_ask_for_one_key_nobody_gets_much_more_than_a_fair_share() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[1, 100], Gen.ULong).Sample((replicas, percent, key) =>
        {
            var (set, picker) = (Fleet(replicas, capacity: 20), Picker());
            var requests = Math.Max(1, replicas * 20 * percent / 100);
            for (var i = 0; i < requests; i++)
                set.Find(Pick(picker, set, key))!.Live.Enter();

            Assert.All(set.All,
                r => Assert.InRange(r.Live.InFlight, 0, Math.Max(20 * 0.375, 1.25 * (requests / (double)replicas + 1)) + 1));
            Assert.Equal(requests, picker.Home + picker.Spilled);
        }, iter: 300);

    [Fact]
    public void One_that_is_avoided_or_will_not_do_is_not_picked_however_high_its_number()
    {
        var set = Fleet(4);
        var home = set.Find(Pick(Picker(), set, 7))!;
        Assert.NotEqual(home.Id, Picker().Pick(set, Asks(7), new HashSet<ReplicaLive> { home.Live })!.Id);

        home.Live.Status = home.Live.Status! with { Avoid = [PictureHashes.Of("data:image/gif;base64,BBBB"u8)] };
        var pictures = new PictureHashes([Encoding.UTF8.GetBytes("data:image/gif;base64,BBBB")]);
        Assert.NotEqual(home.Id, Picker().Pick(set, Asks(7) with { Pictures = pictures }, [])!.Id);
        Assert.Null(Picker().Pick(set, Asks(7) with { Model = "other" }, []));
        Assert.Null(Picker().Pick(set, Asks(7), set.All.Select(r => r.Live).ToHashSet()));
    }

    [Fact]
    public void Without_a_key_or_with_affinity_off_the_least_loaded_is_taken()
    {
        var set = new ReplicaSet([SomeReplica.Healthy("busy", 8, 2), SomeReplica.Healthy("idle", 8)]);
        var (off, on) = (Picker(affinity: false), Picker());
        for (ulong key = 0; key < 50; key++)
        {
            Assert.Equal("idle", Pick(off, set, key));
            Assert.Equal("idle", on.Pick(set, Asks(null), [])!.Id);
        }

        Assert.Equal((50, 50, 0), (off.Plain, on.Plain, on.Home + on.Spilled));
    }

    [Fact]
    public void Among_a_thousand_replicas_nothing_is_allocated()
    {
        var (set, picker) = (Fleet(1000), Picker());
        var avoid = new HashSet<ReplicaLive> { set.All[3].Live, set.All[700].Live };
        void PickOften()
        {
            for (ulong key = 0; key < 1000; key++)
                picker.Pick(set, Asks(key * 7919), avoid);
        }
        PickOften();

        var before = GC.GetAllocatedBytesForCurrentThread();
        PickOften();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ReplicaSet Fleet(int replicas, int capacity = 4) =>
        new(Enumerable.Range(0, replicas).Select(i => SomeReplica.Healthy($"r{i:000}", capacity)));

    private static ReplicaPicker Picker(int seed = 1, bool affinity = true) =>
        new(new LeastLoadedPicker(new Random(seed)), Options.Create(new RoutingOptions { Affinity = affinity }));

    private static string Pick(ReplicaPicker picker, ReplicaSet set, ulong key) => picker.Pick(set, Asks(key), [])!.Id;

    private static Requirement Asks(ulong? key) => new(SomeReplica.Model, null, Key: key);
}
