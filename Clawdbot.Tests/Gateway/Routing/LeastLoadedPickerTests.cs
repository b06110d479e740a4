using System.Text;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Routing;

public sealed class LeastLoadedPickerTests
{
    private static readonly Requirement New = new(SomeReplica.Model, null);
    private static readonly Requirement Continued = new(SomeReplica.Model, SomeReplica.Identity, ContinuationKind.Ids);

    private static readonly Gen<Candidate> Candidates = Gen.Select(
        Gen.Enum<ReplicaState>(), Gen.OneOf(SomeReplica.Model, SomeReplica.Model, "other"),
        Gen.OneOf(SomeReplica.Identity, SomeReplica.Identity, "other"), Gen.Bool, Gen.Int[0, 9], Gen.Bool,
        (state, model, identity, exact, load, avoided) => new Candidate(state, model, identity, exact, load, avoided));

    [Fact]
    public void What_is_picked_is_always_admissible_and_something_is_picked_whenever_there_is_such_a_replica() =>
        Gen.Select(Candidates.Array[0, 12], Gen.Bool, Gen.Int[0, int.MaxValue]).Sample((candidates, continued, seed) =>
        {
            var replicas = candidates.Select((c, i) => SomeReplica.In(c.State, $"r{i:00}", c.Model, c.Identity, 4, c.Load, c.Exact))
                .ToList();
            var avoid = replicas.Where((_, i) => candidates[i].Avoided).Select(r => r.Live).ToHashSet();
            var admissible = replicas.Where((_, i) => candidates[i] is { Avoided: false, Model: SomeReplica.Model } c
                && c.State is ReplicaState.Healthy or ReplicaState.Suspect or ReplicaState.Probation
                && (!continued || (c.Identity == SomeReplica.Identity && c.Exact))).Select(r => r.Id).ToList();
            var picker = new LeastLoadedPicker(new Random(seed));

            for (var i = 0; i < 5; i++)
            {
                var picked = picker.Pick(new ReplicaSet(replicas), continued ? Continued : New, avoid);
                if (admissible.Count == 0)
                    Assert.Null(picked);
                else
                    Assert.Contains(picked!.Id, admissible);
            }
        }, iter: 2000);

    [Fact]
    public void A_replica_without_an_address_or_never_heard_of_is_not_picked()
    {
        var silent = SomeReplica.Healthy("silent") with { Description = null, Live = new ReplicaLive() };
        var nowhere = SomeReplica.Healthy("nowhere") with { Address = null };

        Assert.Null(Picker().Pick(new ReplicaSet([silent, nowhere]), New, []));
    }

    [Theory]
    [InlineData(ContinuationKind.Ids, false, ContinuationKind.Ids, false, true)]
    [InlineData(ContinuationKind.Ids, false, ContinuationKind.Text, true, false)]
    [InlineData(ContinuationKind.Text, false, ContinuationKind.Text, false, true)]
    [InlineData(ContinuationKind.Text, false, ContinuationKind.Ids, true, false)]
    [InlineData(ContinuationKind.None, true, ContinuationKind.None, true, true)]
    [InlineData(ContinuationKind.None, true, ContinuationKind.Text, true, true)]
    [InlineData(ContinuationKind.None, true, ContinuationKind.Ids, false, false)]
    public void An_answer_goes_on_only_where_it_can(
        ContinuationKind needed, bool anew, ContinuationKind continuation, bool repeatable, bool admitted)
    {
        var healthy = SomeReplica.Healthy();
        var replica = healthy with { Description = healthy.Description! with { Continuation = continuation, IsRepeatable = repeatable } };
        var picked = Picker().Pick(new ReplicaSet([replica]), new Requirement(SomeReplica.Model, SomeReplica.Identity, needed, anew), []);

        Assert.Equal(admitted, picked is not null);
        Assert.Null(Picker().Pick(new ReplicaSet([replica]), new Requirement(SomeReplica.Model, "another", needed, anew), []));
    }

    [Fact]
    public void A_request_does_not_go_where_one_of_its_pictures_failed_and_any_other_request_does()
    {
        var (here, there) = (SomeReplica.Healthy("here"), SomeReplica.Healthy("there", load: 3));
        var pictures = new PictureHashes([Encoding.UTF8.GetBytes("data:image/png;base64,AAAA"),
            Encoding.UTF8.GetBytes("data:image/png;base64,BBBB")]);
        here.Live.Status = here.Live.Status! with { Avoid = ["other", PictureHashes.Of("data:image/gif;base64,BBBB"u8)] };
        var set = new ReplicaSet([here, there]);

        Assert.Equal("there", Picker().Pick(set, New with { Pictures = pictures }, [])!.Id);
        Assert.Equal("here",
            Picker().Pick(set, New with { Pictures = new PictureHashes([Encoding.UTF8.GetBytes("data:image/png;base64,CCCC")]) }, [])!.Id);
        Assert.Equal("here", Picker().Pick(set, New, [])!.Id);
    }

    [Fact]
    public void A_replica_serves_every_model_that_it_answers_to()
    {
        var healthy = SomeReplica.Healthy();
        var replica = healthy with { Description = healthy.Description! with { Models = [SomeReplica.Model, "also", "this"] } };

        Assert.All((string[])[SomeReplica.Model, "also", "this"],
            model => Assert.NotNull(Picker().Pick(new ReplicaSet([replica]), new Requirement(model, null), [])));
        Assert.Null(Picker().Pick(new ReplicaSet([replica]), new Requirement("that", null), []));
    }

    [Fact]
    public void Of_two_replicas_the_one_with_less_load_for_its_capacity_is_picked() =>
        Gen.Select(Gen.Int[0, 20], Gen.Int[1, 20], Gen.Int[0, 20], Gen.Int[1, 20], Gen.Int[0, int.MaxValue])
            .Sample((loadA, capacityA, loadB, capacityB, seed) =>
        {
            var set = new ReplicaSet([SomeReplica.Healthy("a", capacityA, loadA), SomeReplica.Healthy("b", capacityB, loadB)]);
            var (a, b) = ((loadA + 1.0) / capacityA, (loadB + 1.0) / capacityB);

            var picked = new LeastLoadedPicker(new Random(seed)).Pick(set, New, [])!.Id;

            Assert.True(a == b || picked == (a < b ? "a" : "b"));
        }, iter: 1000);

    [Fact]
    public void Our_own_attempts_count_at_once_and_need_no_status()
    {
        var (a, b) = (SomeReplica.Healthy("a"), SomeReplica.Healthy("b"));
        a.Live.Enter();

        Assert.All(Enumerable.Range(0, 50),
            seed => Assert.Equal("b", new LeastLoadedPicker(new Random(seed)).Pick(new ReplicaSet([a, b]), New, [])!.Id));
    }

    [Fact]
    public void A_replica_on_which_this_gateway_has_all_its_places_comes_after_the_others_and_before_the_full_ones()
    {
        Replica taken = Shared("taken", 2), free = Shared("free", 6);
        taken.Live.Enter();
        taken.Live.Enter();
        Assert.All(Enumerable.Range(0, 50), seed => Assert.Equal("free", Picked(seed, taken, free, Shared("also taken", 0))));
        Assert.All(Enumerable.Range(0, 50), seed => Assert.Equal("taken", Picked(seed, taken, SomeReplica.Healthy("full", 8, 8))));

        static Replica Shared(string id, int places) => SomeReplica.Healthy(id, 8, load: 5) with
        {
            Description = ReplicaDescription.Of(SomeReplica.Status(ShimVerdict.Ready, capacity: 8) with { Places = places, Share = 8 }),
        };

        static string Picked(int seed, params Replica[] replicas) =>
            new LeastLoadedPicker(new Random(seed)).Pick(new ReplicaSet(replicas), New, [])!.Id;
    }

    [Fact]
    public void A_replica_of_a_quarter_of_the_weight_gets_few_requests_and_all_when_the_others_are_four_times_as_loaded()
    {
        int Quarters(int load) => Enumerable.Range(0, 1000).Count(seed => new LeastLoadedPicker(new Random(seed))
            .Pick(new ReplicaSet([SomeReplica.Healthy("whole", 8, load), SomeReplica.Healthy("quarter", 8) with { Weight = 0.25 }]),
                New, [])!.Id == "quarter");

        Assert.InRange(Quarters(0), 50, 300);
        Assert.Equal(1000, Quarters(4));
    }

    [Fact]
    public void Of_two_idle_ones_that_weigh_nearly_the_same_each_gets_its_part()
    {
        var set = new ReplicaSet([SomeReplica.Healthy("a") with { Weight = 0.2 }, SomeReplica.Healthy("b") with { Weight = 0.22 }]);
        var ofA = Enumerable.Range(0, 1000).Count(seed => new LeastLoadedPicker(new Random(seed)).Pick(set, New, [])!.Id == "a");

        Assert.InRange(ofA, 350, 550);
    }

    [Fact]
    public void Weight_only_compares_so_the_only_replica_gets_all_and_one_that_is_full_is_not_asked_before_one_that_is_not()
    {
        var light = SomeReplica.Healthy("light", 8, 7) with { Weight = 0.1 };

        Assert.Equal("light", Picker().Pick(new ReplicaSet([light]), New, [])!.Id);
        Assert.All(Enumerable.Range(0, 50), seed => Assert.Equal("light",
            new LeastLoadedPicker(new Random(seed)).Pick(new ReplicaSet([light, SomeReplica.Healthy("full", 8, 8)]), New, [])!.Id));
    }

    [Fact]
    public void Equally_loaded_replicas_share_the_requests()
    {
        var set = new ReplicaSet(Enumerable.Range(0, 10).Select(i => SomeReplica.Healthy($"r{i}")));
        var picker = Picker();

        var shares = Enumerable.Range(0, 10_000).GroupBy(_ => picker.Pick(set, New, [])!.Id).ToDictionary(g => g.Key, g => g.Count());

        Assert.All(Enumerable.Range(0, 10), i => Assert.InRange(shares[$"r{i}"], 700, 1300));
    }

    [Fact]
    public void Among_a_thousand_replicas_nothing_is_allocated()
    {
        var set = new ReplicaSet(Enumerable.Range(0, 1000).Select(i => SomeReplica.Healthy($"r{i:0000}", load: i % 7)));
        var (picker, avoid) = (Picker(), new HashSet<ReplicaLive> { set.All[3].Live, set.All[700].Live });
        var scanned = new Requirement(SomeReplica.Model, "an identity that none has"); // chance misses, so all are looked at
        void PickOften()
        {
            for (var i = 0; i < 1000; i++)
            {
                picker.Pick(set, New, avoid);
                picker.Pick(set, Continued, avoid);
                picker.Pick(set, scanned, avoid);
            }
        }
        PickOften();

        var before = GC.GetAllocatedBytesForCurrentThread();
        PickOften();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static LeastLoadedPicker Picker() => new(new Random(1));

    private sealed record Candidate(ReplicaState State, string Model, string Identity, bool Exact, int Load, bool Avoided);
}
