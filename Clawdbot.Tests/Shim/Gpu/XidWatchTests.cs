using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Gpu;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Nvml;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Gpu;

/// <summary>What the driver reports by itself.</summary>
public sealed class XidWatchTests : IAsyncLifetime
{
    private readonly TaskCompletionSource<string> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _fatals;
    private FakeNvml _nvml = null!;
    private GpuReading _gpus = null!;

    public async ValueTask InitializeAsync()
    {
        _nvml = await FakeNvml.BuildAsync();
        Watch(_nvml);
    }

    public async ValueTask DisposeAsync()
    {
        await _gpus.StopAsync(CancellationToken.None);
        _gpus.Dispose();
        _nvml.Dispose();
    }

    [Theory]
    [InlineData(31, "XID 31: a memory page fault; the engine must be restarted", false)]
    [InlineData(48, "XID 48: an uncorrectable memory error; the GPU must be reset", true)]
    [InlineData(79, "XID 79: it has fallen off the bus; the host needs attention", true)]
    [InlineData(119, "XID 119: its system processor does not answer; the GPU must be reset", true)]
    public async Task An_XID_says_which_GPU_what_happened_and_what_helps(int number, string words, bool stays)
    {
        _gpus.Read();

        _nvml.Report(device: 1, number);

        Assert.Equal($"GPU 1 (NVIDIA Test 24GB, {FakeNvml.Second}): {words}", await FatalAsync());
        _gpus.Read();
        Assert.Equal((number, stays ? words : null), (_gpus.Last[1].LastXid, _gpus.Last[1].Fault));
        Assert.Equal((null, null), (_gpus.Last[0].LastXid, _gpus.Last[0].Fault));
    }

    [Fact]
    public async Task What_the_engine_survives_is_counted_and_convicts_nobody()
    {
        _gpus.Read();

        foreach (var number in (int[])[63, 45, 45, 12345, 43]) // 43 comes last and convicts: by then the others have been heard
            _nvml.Report(device: 0, number);

        Assert.Contains("XID 43", await FatalAsync(), StringComparison.Ordinal);
        Assert.Equal(1, _fatals);
        Assert.Equal([(43, 1), (45, 2), (63, 1), (12345, 1)], _gpus.Devices[0].Xids.OrderBy(x => x.Key).Select(x => (x.Key, x.Value)));
    }

    [Fact]
    public void A_GPU_that_is_lost_without_a_word_is_said_once()
    {
        _gpus.Read();

        _nvml.Set(new FakeGpu(FakeNvml.First) { Result = 15 }, new FakeGpu(FakeNvml.Second));
        _gpus.Read();
        _gpus.Read();

        Assert.Equal(1, _fatals);
        Assert.Equal(("the GPU is lost", null), (_gpus.Last[0].Fault, _gpus.Last[0].MemoryUsedBytes));
        Assert.Null(_gpus.Last[1].Fault);
    }

    [Fact]
    public async Task An_old_driver_reports_them_too()
    {
        await DisposeAsync();
        _nvml = await FakeNvml.BuildAsync(old: true);
        Watch(_nvml);
        _gpus.Read();

        _nvml.Report(device: 0, 94);

        Assert.EndsWith("XID 94: a contained memory error; the engine must be restarted", await FatalAsync(), StringComparison.Ordinal);
    }

    private void Watch(FakeNvml nvml)
    {
        _gpus = new GpuReading(Options.Create(new GpuOptions { Library = nvml.Library }), Options.Create(new EngineOptions()),
            new ManualTimeProvider(), NullLogger<GpuReading>.Instance);
        _gpus.Fatal += reason =>
        {
            Interlocked.Increment(ref _fatals);
            _fatal.TrySetResult(reason);
        };
    }

    private Task<string> FatalAsync() => _fatal.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
}
