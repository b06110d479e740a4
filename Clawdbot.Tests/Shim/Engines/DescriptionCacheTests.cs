using Clawdbot.InferenceShim.Engines;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Shim.Engines;

public sealed class DescriptionCacheTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly DescriptionCache _cache;
    private int _asked;

    public DescriptionCacheTests() => _cache = new DescriptionCache(Version("untold"), _time);

    [Fact]
    public async Task What_was_told_is_asked_for_again_after_ten_seconds()
    {
        Assert.Equal("untold", _cache.Description.Version);
        await RefreshAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        await RefreshAsync();
        Assert.Equal("1", _cache.Description.Version);

        _time.Advance(TimeSpan.FromSeconds(1));
        await RefreshAsync();
        Assert.Equal("2", _cache.Description.Version);
    }

    [Fact]
    public async Task An_engine_that_does_not_tell_is_what_it_was_and_is_asked_again_at_once()
    {
        await RefreshAsync();
        _time.Advance(TimeSpan.FromSeconds(11));
        await Assert.ThrowsAsync<EngineFailureException>(async () => await _cache.RefreshAsync(
            _ => throw new EngineFailureException("engine_unreachable", "planted"), TestContext.Current.CancellationToken));
        Assert.Equal("1", _cache.Description.Version);

        await RefreshAsync();
        Assert.Equal("2", _cache.Description.Version);
    }

    private ValueTask RefreshAsync() =>
        _cache.RefreshAsync(_ => Task.FromResult(Version($"{++_asked}")), TestContext.Current.CancellationToken);

    private static EngineDescription Version(string version) => new("m", "", "vllm", version);
}
