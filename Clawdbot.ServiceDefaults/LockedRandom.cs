namespace Clawdbot.ServiceDefaults;

/// <summary>A source of random numbers that threads share. The runtime's own with a seed is for one thread alone.</summary>
/// <param name="seed">The same seed gives the same numbers.</param>
public sealed class LockedRandom(int seed) : Random(seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);

    /// <inheritdoc/>
    public override int Next()
    {
        lock (_lock)
            return _random.Next();
    }

    /// <inheritdoc/>
    public override int Next(int maxValue)
    {
        lock (_lock)
            return _random.Next(maxValue);
    }

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue)
    {
        lock (_lock)
            return _random.Next(minValue, maxValue);
    }

    /// <inheritdoc/>
    public override long NextInt64()
    {
        lock (_lock)
            return _random.NextInt64();
    }

    /// <inheritdoc/>
    public override long NextInt64(long maxValue)
    {
        lock (_lock)
            return _random.NextInt64(maxValue);
    }

    /// <inheritdoc/>
    public override long NextInt64(long minValue, long maxValue)
    {
        lock (_lock)
            return _random.NextInt64(minValue, maxValue);
    }

    /// <inheritdoc/>
    public override double NextDouble()
    {
        lock (_lock)
            return _random.NextDouble();
    }

    /// <inheritdoc/>
    public override float NextSingle()
    {
        lock (_lock)
            return _random.NextSingle();
    }

    /// <inheritdoc/>
    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    /// <inheritdoc/>
    public override void NextBytes(Span<byte> buffer)
    {
        lock (_lock)
            _random.NextBytes(buffer);
    }
}
