using Clawdbot.Gateway.Edge;
using Clawdbot.Tests.Fakes;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Edge;

public sealed class BodyReaderTests
{
    private static readonly Gen<int[]> Pieces = Gen.OneOf(Gen.Int[1, 7].Array[1, 5], Gen.Int[1, 20_000].Array[1, 5]);

    [Fact]
    public Task Any_split_with_or_without_a_declared_length_gives_the_bytes_that_were_sent() =>
        Gen.Select(Gen.Int[0, 50_000], Gen.Int, Pieces, Gen.Bool).SampleAsync(async (size, seed, pieces, declared) =>
        {
            var sent = Bytes(size, seed);
            var reader = Reader();
            using (var body = await reader.ReadAsync(Request(new PiecewiseStream(sent, pieces), declared ? size : null), CancellationToken.None))
                Assert.True(body.Bytes.Span.SequenceEqual(sent));
            Assert.Equal(0, reader.Held);
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
        var reader = Reader(cap);
        using (var body = await reader.ReadAsync(Request(new PiecewiseStream(Bytes(cap), [1000]), declared ? cap : null), CancellationToken.None))
            Assert.Equal(cap, body.Bytes.Length);

        var larger = new PiecewiseStream(Bytes(cap + 1), [1000]);
        var refusal = await Assert.ThrowsAsync<ApiException>(() => reader.ReadAsync(Request(larger, declared ? cap + 1 : null), CancellationToken.None));

        Assert.Equal((413, "body_too_large"), (refusal.Error.Status, refusal.Error.Code));
        Assert.Equal(0, reader.Held);
        if (declared)
            Assert.Equal(0, larger.Taken);
    }

    [Fact]
    public async Task A_body_without_end_is_given_up_at_the_cap()
    {
        var endless = new PiecewiseStream(Bytes(1 << 20), [1000]);

        await Assert.ThrowsAsync<ApiException>(() => Reader(cap: 10_000).ReadAsync(Request(endless, null), CancellationToken.None));

        Assert.InRange(endless.Taken, 10_001, 11_000);
    }

    [Fact]
    public async Task When_all_bodies_together_are_too_large_the_next_one_waits_for_one_to_go()
    {
        var reader = Reader(held: 40_000);
        var first = await reader.ReadAsync(Request(new PiecewiseStream(Bytes(20_000), [1000]), 20_000), CancellationToken.None);
        var held = reader.Held;
        Assert.InRange(held, 20_000, 40_000);

        var refusal = await Assert.ThrowsAsync<ApiException>(
            () => reader.ReadAsync(Request(new PiecewiseStream(Bytes(20_000), [1000]), 20_000), CancellationToken.None));
        Assert.Equal((429, "bodies_exhausted"), (refusal.Error.Status, refusal.Error.Code));
        Assert.InRange(refusal.Error.RetryAfter ?? 0, 1, 60);
        Assert.Equal(held, reader.Held);

        first.Dispose();
        using var next = await reader.ReadAsync(Request(new PiecewiseStream(Bytes(20_000), [1000]), 20_000), CancellationToken.None);
        Assert.Equal(20_000, next.Bytes.Length);
    }

    [Fact]
    public async Task A_body_that_outgrows_what_is_left_while_it_is_read_holds_nothing_afterwards()
    {
        var reader = Reader(held: 40_000);

        var refusal = await Assert.ThrowsAsync<ApiException>(
            () => reader.ReadAsync(Request(new PiecewiseStream(Bytes(100_000), [1000]), null), CancellationToken.None));

        Assert.Equal("bodies_exhausted", refusal.Error.Code);
        Assert.Equal(0, reader.Held);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_breaks_off_holds_nothing_afterwards(bool declared)
    {
        var reader = Reader();
        var broken = new PiecewiseStream(Bytes(30_000), [1000], new IOException("the client reset the connection"));

        await Assert.ThrowsAsync<IOException>(() => reader.ReadAsync(Request(broken, declared ? 50_000 : null), CancellationToken.None));

        Assert.Equal(0, reader.Held);
    }

    [Fact]
    public async Task A_client_that_leaves_holds_nothing_afterwards()
    {
        var reader = Reader();

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => reader.ReadAsync(Request(new PiecewiseStream(Bytes(30_000), [1000]), null), new CancellationToken(canceled: true)));

        Assert.Equal(0, reader.Held);
    }

    [Fact]
    public async Task A_body_disposed_of_twice_is_given_back_once()
    {
        var reader = Reader();
        using var other = await reader.ReadAsync(Request(new PiecewiseStream(Bytes(100), [10]), 100), CancellationToken.None);
        var held = reader.Held;
        var body = await reader.ReadAsync(Request(new PiecewiseStream(Bytes(100), [10]), 100), CancellationToken.None);

        body.Dispose();
        body.Dispose();

        Assert.Equal(held, reader.Held);
    }

    private static BodyReader Reader(int cap = 1 << 20, long held = 1 << 24) => new(Options.Create(new EdgeOptions { MaxBodyBytes = cap, MaxHeldBytes = held }));

    private static HttpRequest Request(Stream body, long? length)
    {
        var request = new DefaultHttpContext().Request;
        (request.Body, request.ContentLength) = (body, length);
        return request;
    }

    private static byte[] Bytes(int size, int seed = 7)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
