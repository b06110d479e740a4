using Microsoft.Extensions.Time.Testing;

namespace Clawdbot.Tests.Fakes;

/// <summary>
/// Time that passes when a test says so, by two clocks that move apart: timestamps and timers by the one, the date by the other.
/// </summary>
internal sealed class ManualTimeProvider : FakeTimeProvider
{
    private TimeSpan _stepped;

    public ManualTimeProvider()
    {
    }

    public ManualTimeProvider(DateTimeOffset start) : base(start)
    {
    }

    /// <summary>Somebody sets the wall clock, forward or back: no time passes.</summary>
    public void StepUtc(TimeSpan by) => _stepped += by;

    /// <summary>Time passes, and the wall clock stands.</summary>
    public void AdvanceTimestamp(TimeSpan by)
    {
        StepUtc(-by);
        Advance(by);
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _stepped;

    /// <inheritdoc/>
    public override long GetTimestamp() => base.GetUtcNow().UtcTicks; // the base would ask the clock that was stepped
}
