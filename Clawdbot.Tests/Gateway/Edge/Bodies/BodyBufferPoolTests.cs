using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.Responses;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Edge.Bodies;

public sealed class BodyBufferPoolTests
{
    private const int Budget = 1 << 22;

    [Fact]
    public void Whatever_is_rented_and_returned_stays_within_the_budget() => Gen.Int[1, 2 << 20].Array[1, 60].Sample(sizes =>
    {
        var pool = new BodyBufferPool(Budget);
        var rented = new Queue<BodyBuffer>();
        foreach (var size in sizes)
        {
            if (pool.TryRentLasting(size) is { } buffer)
            {
                Assert.InRange(buffer.Length, size, Math.Max(4096, size * 5L / 4));
                buffer.GetSpan().Fill(7);
                rented.Enqueue(buffer);
            }
            else if (rented.TryDequeue(out var oldest))
            {
                pool.Return(oldest);
            }
            Assert.Equal(rented.Sum(b => (long)b.Length), pool.Held);
            Assert.InRange(pool.Held + pool.Kept, 0, Budget);
            Assert.InRange(pool.Kept, 0, Budget / 8);
        }
        while (rented.TryDequeue(out var last))
            pool.Return(last);
        Assert.Equal(0, pool.Held);
    });

    [Fact]
    public void What_was_returned_is_rented_again()
    {
        var pool = new BodyBufferPool(Budget);
        var first = pool.Rent(300_000);
        pool.Return(first);

        Assert.Equal(first.Length, pool.Kept);
        Assert.Same(first, pool.Rent(290_000));
        Assert.Equal(0, pool.Kept);
    }

    [Fact]
    public void Kept_buffers_make_room_for_one_of_another_size()
    {
        var pool = new BodyBufferPool(Budget);
        pool.Return(pool.Rent(Budget / 8));
        Assert.Equal(Budget / 8, pool.Kept);

        var all = pool.Rent(Budget);

        Assert.Equal((Budget, 0), (pool.Held, pool.Kept));
        Assert.Equal("bodies_exhausted", Assert.Throws<ApiException>(() => pool.Rent(1)).Error.Code);
        Assert.Equal(Budget, pool.Held);
        pool.Return(all);
        Assert.Equal((0, 0), (pool.Held, pool.Kept));
    }

    [Fact]
    public void The_last_quarter_is_not_for_those_that_stay()
    {
        var pool = new BodyBufferPool(Budget);
        Assert.NotNull(pool.TryRentLasting(Budget / 4 * 3));
        Assert.False(pool.IsShort);
        Assert.Null(pool.TryRentLasting(1));

        Assert.Equal(4096, pool.Rent(1).Length);
        Assert.True(pool.IsShort);
    }

    [Fact]
    public void A_buffer_that_was_freed_can_not_be_read()
    {
        var pool = new BodyBufferPool(Budget);
        var buffer = pool.Rent(Budget);
        pool.Return(buffer); // too large to be kept

        Assert.Throws<ObjectDisposedException>(() => buffer.GetSpan().Length);
        Assert.Throws<ObjectDisposedException>(() => buffer.Pin());
    }
}
