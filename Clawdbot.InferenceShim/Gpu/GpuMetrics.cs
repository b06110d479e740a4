using System.Diagnostics.Metrics;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>
/// Reports the GPUs to Prometheus, by OpenTelemetry's conventions for hardware (opentelemetry.io/docs/specs/semconv/hardware/gpu, in
/// development). Without a GPU there are no series.
/// </summary>
internal sealed class GpuMetrics
{
    private readonly GpuReading _gpus;

    public GpuMetrics(IMeterFactory meters, GpuReading gpus)
    {
        _gpus = gpus;
        var meter = meters.Create("Clawdbot.InferenceShim.Gpu");
        meter.CreateObservableUpDownCounter("hw.gpu.memory.usage", () => Each(g => g.MemoryUsedBytes), "By", "GPU memory in use");
        meter.CreateObservableUpDownCounter("hw.gpu.memory.limit", () => Each(g => g.MemoryTotalBytes), "By", "GPU memory there is");
        meter.CreateObservableGauge(
            "hw.gpu.utilization", () => Each(g => g.Utilization), "1", "Share of time in which anything ran on the GPU");
        meter.CreateObservableGauge("hw.temperature", () => Each(g => (double?)g.TemperatureCelsius), "Cel", "Temperature of the GPU");
        meter.CreateObservableGauge("hw.power", () => Each(g => g.PowerWatts), "W", "Power that the GPU draws");
        meter.CreateObservableCounter("hw.errors", Errors, "{error}", "Errors of the GPU: XIDs by number, uncorrectable memory errors");
    }

    private IEnumerable<Measurement<T>> Each<T>(Func<GpuStatus, T?> read) where T : struct =>
        from gpu in _gpus.Last
        let value = read(gpu)
        where value is not null
        select new Measurement<T>(value.Value, Tags(gpu.Uuid, gpu.Index, gpu.Name));

    private IEnumerable<Measurement<long>> Errors()
    {
        foreach (var gpu in _gpus.Last)
        {
            if (gpu.EccUncorrected is { } count)
                yield return new(count, [.. Tags(gpu.Uuid, gpu.Index, gpu.Name), new("error.type", "uncorrected")]);
        }
        foreach (var device in _gpus.Devices)
        {
            foreach (var (number, count) in device.Xids)
                yield return new(count, [.. Tags(device.Uuid, device.Index, device.Name), new("error.type", $"xid_{number}")]);
        }
    }

    private static KeyValuePair<string, object?>[] Tags(string uuid, int index, string name) =>
        [new("hw.id", uuid), new("hw.name", $"GPU {index}"), new("hw.model", name), new("hw.type", "gpu")];
}
