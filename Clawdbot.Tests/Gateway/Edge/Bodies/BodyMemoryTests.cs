using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Edge.Bodies;

/// <summary>What bodies take of the memory that all of them share.</summary>
public sealed class BodyMemoryTests
{
    private const int Megabyte = 1 << 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_1_MB_stays_in_memory_while_there_is_room(bool declared)
    {
        var reader = SomeBody.Reader(cap: 32 * Megabyte, held: 256 * Megabyte);
        var sent = SomeBody.Bytes(Megabyte + 123);
        using (var body = await reader.ReadAsync(new PiecewiseStream(sent, [4096, 60_000]), declared ? sent.Length : null))
        {
            Assert.True(body.Bytes.Span.SequenceEqual(sent));
            Assert.InRange(reader.Held, sent.Length, declared ? sent.Length * 5 / 4 : sent.Length * 2);
            Assert.Equal(0, reader.Spooled);
        }
        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
    }

    [Fact]
    public async Task Past_the_budget_bodies_lie_in_files_and_small_ones_are_still_taken()
    {
        var reader = SomeBody.Reader(cap: 2 * Megabyte, held: 8 * Megabyte);
        var bodies = new List<RequestBody>();
        for (var i = 0; i < 12; i++)
            bodies.Add(await reader.ReadAsync(SomeBody.Bytes(Megabyte, seed: i)));
        Assert.Equal((5 * Megabyte, 7 * Megabyte), (reader.Held, reader.Spooled)); // a sixth would need the last quarter while it is copied

        for (var i = 12; i < 200; i++)
            bodies.Add(await reader.ReadAsync(SomeBody.Bytes(40_000, seed: i)));

        Assert.InRange(reader.Held, 5 * Megabyte, 6 * Megabyte);
        for (var i = 0; i < bodies.Count; i++)
            Assert.True(bodies[i].Bytes.Span.SequenceEqual(SomeBody.Bytes(bodies[i].Bytes.Length, seed: i)));
        bodies.ForEach(b => b.Dispose());
        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_grows_past_the_budget_takes_what_it_has_to_a_file(bool declared)
    {
        var reader = SomeBody.Reader(cap: 4 * Megabyte, held: Megabyte);
        var sent = SomeBody.Bytes(2 * Megabyte + 5);
        using (var body = await reader.ReadAsync(new PiecewiseStream(sent, [50_000]), declared ? sent.Length : null))
        {
            Assert.True(body.Bytes.Span.SequenceEqual(sent));
            Assert.Equal((0, sent.Length), (reader.Held, reader.Spooled));
        }
        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
    }

    [Fact]
    public async Task While_it_goes_to_a_file_a_body_has_64_KiB_of_memory()
    {
        var reader = SomeBody.Reader(cap: 4 * Megabyte, held: Megabyte);
        using var leave = new CancellationTokenSource();
        var reading = reader.ReadAsync(SomeBody.Request(new EndlesslySlow(3 * Megabyte), 4 * Megabyte), leave.Token);
        await Poll.UntilAsync(() => reader.Spooled == 3 * Megabyte);

        Assert.Equal(64 << 10, reader.Held);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
    }

    [Theory]
    [InlineData(0, 64 << 10)]
    [InlineData(65_535, 64 << 10)]
    [InlineData(65_536, 512 << 10)]
    [InlineData(600_000, 4 << 20)]
    public async Task A_body_that_claims_much_takes_by_what_came(int came, int taken)
    {
        var reader = SomeBody.Reader(cap: 32 * Megabyte, held: 256 * Megabyte);
        using var leave = new CancellationTokenSource();
        var reading = reader.ReadAsync(SomeBody.Request(new EndlesslySlow(came), 30 * Megabyte), leave.Token);

        Assert.Equal(taken, reader.Held);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(0, reader.Held);
    }

    [Fact]
    public async Task Many_at_once_of_all_sizes_stay_whole_and_return_everything()
    {
        var reader = SomeBody.Reader(cap: 2 * Megabyte, held: 8 * Megabyte);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            for (var i = 0; i < 50; i++)
            {
                var sent = SomeBody.Bytes(random.Next(random.Next(2) == 0 ? 10_000 : 2 * Megabyte), seed: client * 1000 + i);
                using var body = await reader.ReadAsync(new PiecewiseStream(sent, [30_000]), random.Next(2) == 0 ? sent.Length : null);
                await Task.Yield();
                Assert.True(body.Bytes.Span.SequenceEqual(sent));
            }
        })));

        Assert.Equal((0, 0), (reader.Held, reader.Spooled));
    }

    [Fact]
    public async Task A_body_of_1_MB_allocates_next_to_nothing()
    {
        var reader = SomeBody.Reader(cap: 2 * Megabyte, held: 64 * Megabyte);
        var sent = SomeBody.Bytes(Megabyte);
        for (var i = 0; i < 3; i++)
            (await reader.ReadAsync(sent)).Dispose();
        var request = SomeBody.Request(new MemoryStream(sent), sent.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = reader.ReadAsync(request, CancellationToken.None);
        Assert.True(reading.IsCompletedSuccessfully); // all on this thread, then
        (await reading).Dispose();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }
}
