using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Gpu;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Nvml;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Gpu;

/// <summary>The readings, through the interface of the driver's library: a compiled one that says what a test wants.</summary>
public sealed class GpuReadingTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Everything_that_a_driver_knows_is_read()
    {
        using var nvml = await FakeNvml.BuildAsync();
        nvml.Set(new FakeGpu(FakeNvml.First) { Ecc = 3, Remapped = 2, Pending = true, Clocks = 0x41 },
            new FakeGpu(FakeNvml.Second) { Busy = 0 });
        using var gpus = Reading(nvml);

        gpus.Read();

        Assert.Null(gpus.Absence);
        var (first, second) = (gpus.Last[0], gpus.Last[1]);
        Assert.Equal((0, FakeNvml.First, "NVIDIA Test 24GB"), (first.Index, first.Uuid, first.Name));
        Assert.Equal((17 * FakeGpu.Gibibyte, 24 * FakeGpu.Gibibyte), (first.MemoryUsedBytes, first.MemoryTotalBytes));
        Assert.Equal((0.63, 71, 312.5), (first.Utilization, first.TemperatureCelsius, first.PowerWatts));
        Assert.Equal((3, 2, true, "slowed by the hardware for heat"),
            (first.EccUncorrected, first.RowsRemapped, first.RemapPending, first.Slowed));
        Assert.Equal((1, FakeNvml.Second, 0.0, null, null, null),
            (second.Index, second.Uuid, second.Utilization, second.Slowed, second.LastXid, second.Fault));
    }

    [Fact]
    public async Task What_an_old_driver_lacks_is_null()
    {
        using var nvml = await FakeNvml.BuildAsync(old: true);
        nvml.Set(new FakeGpu(FakeNvml.First) { Clocks = 0x04 });
        using var gpus = Reading(nvml);

        gpus.Read();

        var gpu = Assert.Single(gpus.Last);
        Assert.Equal((null, null, null, null), (gpu.PowerWatts, gpu.EccUncorrected, gpu.RowsRemapped, gpu.RemapPending));
        // By the function's former name.
        Assert.Equal((0.63, 71, "at its power limit"), (gpu.Utilization, gpu.TemperatureCelsius, gpu.Slowed));
    }

    [Fact]
    public void A_machine_without_the_library_is_a_value()
    {
        using var gpus = new GpuReading(Options.Create(new GpuOptions { Library = "/nowhere/libnvidia-ml.so.1" }),
            Options.Create(new EngineOptions()), _time, NullLogger<GpuReading>.Instance);

        gpus.Read();

        Assert.Equal("no GPU: /nowhere/libnvidia-ml.so.1 is not there", gpus.Absence);
        Assert.Empty(gpus.Last);
    }

    [Fact]
    public async Task A_driver_that_is_not_loaded_is_a_value_and_is_found_when_it_is()
    {
        using var nvml = await FakeNvml.BuildAsync();
        nvml.FailToStart(9);
        using var gpus = Reading(nvml);

        gpus.Read();
        Assert.EndsWith("cannot be used: the driver is not loaded", gpus.Absence, StringComparison.Ordinal);

        nvml.FailToStart(0);
        gpus.Read();
        Assert.Equal(2, gpus.Last.Count);
    }

    [Fact]
    public async Task A_library_that_is_not_the_drivers_is_a_value()
    {
        using var gpus = new GpuReading(Options.Create(new GpuOptions { Library = "libc.so.6" }), Options.Create(new EngineOptions()),
            _time, NullLogger<GpuReading>.Instance);

        gpus.Read();

        Assert.Equal("no GPU: libc.so.6 cannot be used: it has none of the functions that are needed", gpus.Absence);
        await gpus.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Only_the_engines_GPU_is_watched()
    {
        using var nvml = await FakeNvml.BuildAsync();
        using var gpus = Reading(nvml, FakeNvml.Second);

        gpus.Read();

        Assert.Equal((1, FakeNvml.Second), (Assert.Single(gpus.Last).Index, gpus.Last[0].Uuid));
    }

    [Fact]
    public async Task A_driver_that_stopped_answering_is_not_quoted_for_ever()
    {
        using var nvml = await FakeNvml.BuildAsync();
        using var gpus = Reading(nvml);
        gpus.Read();
        Assert.NotEmpty(gpus.Last);

        _time.Advance(TimeSpan.FromSeconds(15));

        Assert.Empty(gpus.Last);
        Assert.Equal("the GPU driver has not answered for 15 s", gpus.Absence);
    }

    private GpuReading Reading(FakeNvml nvml, params string[] devices) => new(
        Options.Create(new GpuOptions { Library = nvml.Library, Devices = [.. devices] }), Options.Create(new EngineOptions()), _time,
        NullLogger<GpuReading>.Instance);
}
