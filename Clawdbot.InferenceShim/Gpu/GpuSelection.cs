namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Chooses which of the driver's GPUs are the engine's.</summary>
internal static class GpuSelection
{
    private const string Cuda = "CUDA_VISIBLE_DEVICES";
    private const string Container = "NVIDIA_VISIBLE_DEVICES";

    /// <summary>Chooses; an empty result has its reason in <paramref name="absence"/>.</summary>
    /// <param name="devices">All that the driver shows, in its order.</param>
    /// <param name="configured"><c>Gpu:Devices</c>.</param>
    /// <param name="environment">Reads a variable.</param>
    /// <param name="absence">Why there is none.</param>
    public static IReadOnlyList<GpuDevice> Choose(
        IReadOnlyList<GpuDevice> devices, IReadOnlyList<string> configured, Func<string, string?> environment, out string absence)
    {
        var (chosen, source) = configured.Count > 0
            ? (Named(devices, configured), $"{GpuOptions.Section}:Devices={string.Join(',', configured)}")
            : environment(Cuda) is { } cuda ? (ByCuda(devices, Split(cuda)), $"{Cuda}={cuda}")
            : environment(Container) is { Length: > 0 } container ? (ByContainer(devices, Split(container)), $"{Container}={container}")
            : (devices, "");
        absence = chosen.Count > 0 ? ""
            : devices.Count == 0 ? "no GPU: the driver shows none"
            : $"no GPU: {source} names none of the {devices.Count} that the driver shows";
        return chosen;
    }

    /// <summary>Chooses by CUDA's rule: the first name that fits nothing ends the list, and an empty list hides all.</summary>
    private static List<GpuDevice> ByCuda(IReadOnlyList<GpuDevice> devices, string[] names) =>
        Named(devices, [.. names.TakeWhile(name => Find(devices, name) is not null)]);

    /// <summary>
    /// Chooses by the list of a container. Its runtime has usually hidden the other GPUs and numbered the rest anew, so a list as long as
    /// what is seen chooses all; any other one chooses by name, because nothing was hidden.
    /// </summary>
    private static IReadOnlyList<GpuDevice> ByContainer(IReadOnlyList<GpuDevice> devices, string[] names) => names switch
    {
        ["all"] or ["void"] => devices, // void: what is seen was given in another way, as CDI does
        ["none"] => [],
        _ when names.Length == devices.Count => devices,
        _ => Named(devices, names),
    };

    private static List<GpuDevice> Named(IReadOnlyList<GpuDevice> devices, IEnumerable<string> names) =>
        [.. names.Select(name => Find(devices, name)).OfType<GpuDevice>().Distinct()];

    private static GpuDevice? Find(IReadOnlyList<GpuDevice> devices, string name) =>
        int.TryParse(name, out var index) ? devices.FirstOrDefault(d => d.Index == index)
        : name.Length == 0 ? null
        : devices.Where(d => d.Uuid.StartsWith(name, StringComparison.OrdinalIgnoreCase)).ToList() is [var only] ? only : null;

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
