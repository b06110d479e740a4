using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Tests.Fakes;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Edge.Bodies;

public sealed class BodyReaderTests
{
    private static readonly Gen<int[]> Pieces = Gen.OneOf(Gen.Int[1, 7].Array[1, 5], Gen.Int[1, 20_000].Array[1, 5]);

    [Fact]
    public Task Any_split_with_or_without_a_declared_length_gives_the_bytes_that_were_sent() =>
        Gen.Select(Gen.Int[0, 200_000], Gen.Int, Pieces, Gen.Bool, Gen.Int[1 << 17, 1 << 20]).SampleAsync(
        async (size, seed, pieces, declared, held) =>
        {
            var sent = SomeBody.Bytes(size, seed);
            var reader = SomeBody.Reader(held: held); // in memory, in a file, or first the one and then the other
            using (var body = await reader.ReadAsync(new PiecewiseStream(sent, pieces), declared ? size : null))
                Assert.True(body.Bytes.Span.SequenceEqual(sent));
            Assert.Equal((0, 0), (reader.Held, reader.Spooled));
        }, iter: 300);

    [Theory]
    [InlineData(2000, true)]
    [InlineData(2000, false)]
    [InlineData(1 << 14, true)]
    [InlineData(1 << 14, false)]
    [InlineData(100_000, true)]
    [InlineData(100_000, false)]
    public async Task A_body_as_large_as_the_cap_is_read_and_one_byte_more_is_refused(int cap, bool declared)
    {
        var reader = SomeBody.Reader(cap);
        using (var body = await reader.ReadAsync(new PiecewiseStream(SomeBody.Bytes(cap), [1000]), declared ? cap : null))
            Assert.Equal(cap, body.Bytes.Length);

        var larger = new PiecewiseStream(SomeBody.Bytes(cap + 1), [1000]);
        var refusal = await Assert.ThrowsAsync<ApiException>(() => reader.ReadAsync(larger, declared ? cap + 1 : null));

        Assert.Equal((413, "body_too_large"), (refusal.Error.Status, refusal.Error.Code));
        Assert.Equal(0, reader.Held);
        if (declared)
            Assert.Equal(0, larger.Taken);
    }

    [Fact]
    public async Task A_body_without_end_is_given_up_at_the_cap()
    {
        var endless = new PiecewiseStream(SomeBody.Bytes(1 << 20), [1000]);

        await Assert.ThrowsAsync<ApiException>(() => SomeBody.Reader(cap: 10_000).ReadAsync(endless, null));

        Assert.InRange(endless.Taken, 10_001, 11_000);
    }

    [Fact]
    public async Task When_all_bodies_together_are_too_large_the_next_one_waits_for_one_to_go()
    {
        var reader = SomeBody.Reader(held: 131_072);
        using var leave = new CancellationTokenSource();
        var slow = reader.ReadAsync(SomeBody.Request(new EndlesslySlow(), null), leave.Token);
        var second = reader.ReadAsync(SomeBody.Request(new EndlesslySlow(), 60_000), leave.Token);
        var held = reader.Held;
        Assert.InRange(held, 100_000, 131_072);

        var refusal = await Assert.ThrowsAsync<ApiException>(
            () => reader.ReadAsync(new PiecewiseStream(SomeBody.Bytes(20_000), [1000]), 20_000));
        Assert.Equal((429, "bodies_exhausted"), (refusal.Error.Status, refusal.Error.Code));
        Assert.InRange(refusal.Error.RetryAfter ?? 0, 1, 60);
        Assert.Equal(held, reader.Held);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(slow, second));
        using var next = await reader.ReadAsync(new PiecewiseStream(SomeBody.Bytes(20_000), [1000]), 20_000);
        Assert.Equal(20_000, next.Bytes.Length);
    }

    [Fact]
    public async Task A_body_that_outgrows_what_is_left_while_it_is_read_holds_nothing_afterwards()
    {
        var reader = SomeBody.Reader(held: 40_000);

        var refusal = await Assert.ThrowsAsync<ApiException>(
            () => reader.ReadAsync(new PiecewiseStream(SomeBody.Bytes(100_000), [1000]), null));

        Assert.Equal("bodies_exhausted", refusal.Error.Code);
        Assert.Equal(0, reader.Held);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_breaks_off_holds_nothing_afterwards(bool declared)
    {
        var reader = SomeBody.Reader();
        var broken = new PiecewiseStream(SomeBody.Bytes(30_000), [1000], new IOException("the client reset the connection"));

        await Assert.ThrowsAsync<IOException>(() => reader.ReadAsync(broken, declared ? 50_000 : null));

        Assert.Equal(0, reader.Held);
    }

    [Fact]
    public async Task A_client_that_leaves_holds_nothing_afterwards()
    {
        var reader = SomeBody.Reader();

        var request = SomeBody.Request(new PiecewiseStream(SomeBody.Bytes(30_000), [1000]), null);
        await Assert.ThrowsAsync<OperationCanceledException>(() => reader.ReadAsync(request, new CancellationToken(canceled: true)));

        Assert.Equal(0, reader.Held);
    }

    [Fact]
    public async Task A_body_disposed_of_twice_is_given_back_once()
    {
        var reader = SomeBody.Reader();
        using var other = await reader.ReadAsync(new PiecewiseStream(SomeBody.Bytes(100), [10]), 100);
        var held = reader.Held;
        var body = await reader.ReadAsync(new PiecewiseStream(SomeBody.Bytes(100), [10]), 100);

        body.Dispose();
        body.Dispose();

        Assert.Equal(held, reader.Held);
    }
}
