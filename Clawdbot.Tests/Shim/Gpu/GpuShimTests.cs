using System.Runtime.CompilerServices;
using Clawdbot.InferenceShim.Gpu;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Nvml;

namespace Clawdbot.Tests.Shim.Gpu;

/// <summary>A real shim process on a faked driver.</summary>
public sealed class GpuShimTests
{
    [Fact]
    public async Task Its_status_and_its_metrics_say_how_its_GPU_is_and_an_XID_convicts_the_engine()
    {
        using var nvml = await FakeNvml.BuildAsync();
        await using var shim = await ShimHost.StartAsync("--Gpu:Enabled=true", $"--Gpu:Library={nvml.Library}",
            $"--Gpu:Devices:0={FakeNvml.Second}", "--Gpu:IntervalSeconds=0.2");
        using var caller = new FleetCaller(shim.Address);

        var status = await caller.StatusAsync(s => s.Gpus is not null);
        Assert.Equal((1, FakeNvml.Second, 0.63), (Assert.Single(status.Gpus!).Index, status.Gpus![0].Uuid, status.Gpus[0].Utilization));
        Assert.Equal(ShimVerdict.Ready, status.Verdict);

        nvml.Report(device: 0, xid: 79); // another engine's
        nvml.Report(device: 1, xid: 79);

        var convicted = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Sick && s.Gpus is [{ Fault: not null }]);
        Assert.Equal($"GPU 1 (NVIDIA Test 24GB, {FakeNvml.Second}): XID 79: it has fallen off the bus; the host needs attention",
            convicted.Reason);

        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(shim.Address, "/metrics"));
        foreach (var series in (string[])["hw_gpu_memory_usage_bytes", "hw_gpu_memory_limit_bytes", "hw_gpu_utilization",
            "hw_temperature_celsius", "hw_power_watts"])
            Assert.Contains($"{series}{{", metrics, StringComparison.Ordinal);
        Assert.Contains(metrics.Split('\n'), line => line.StartsWith("hw_errors_total{", StringComparison.Ordinal)
            && line.Contains("error_type=\"xid_79\"", StringComparison.Ordinal)
            && line.Contains($"hw_id=\"{FakeNvml.Second}\"", StringComparison.Ordinal) && line.Contains("} 1", StringComparison.Ordinal));
        Assert.DoesNotContain(FakeNvml.First, metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_GPU_is_shared_an_XID_is_shown_and_convicts_nobody()
    {
        using var nvml = await FakeNvml.BuildAsync();
        await using var shim = await ShimHost.StartAsync("--Gpu:Enabled=true", $"--Gpu:Library={nvml.Library}", "--Gpu:Convict=false",
            "--Gpu:IntervalSeconds=0.2");
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Gpus is { Count: 2 });

        nvml.Report(device: 0, xid: 31);

        Assert.Equal(ShimVerdict.Ready, (await caller.StatusAsync(s => s.Gpus is [{ LastXid: 31 }, ..])).Verdict);
    }

    [Fact]
    public async Task Without_a_GPU_nothing_is_said_and_the_shim_serves()
    {
        await using var shim = await ShimHost.StartAsync("--Gpu:Enabled=true", "--Gpu:Library=/nowhere/libnvidia-ml.so.1");
        using var caller = new FleetCaller(shim.Address);

        var status = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);

        Assert.Null(status.Gpus);
        Assert.Contains("no GPU: /nowhere/libnvidia-ml.so.1 is not there", shim.Program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Layouts_are_as_long_as_in_the_drivers_header() =>
        Assert.Equal((24, 8, 32), (Unsafe.SizeOf<NvmlMemory>(), Unsafe.SizeOf<NvmlUtilization>(), Unsafe.SizeOf<NvmlEvent>()));
}
