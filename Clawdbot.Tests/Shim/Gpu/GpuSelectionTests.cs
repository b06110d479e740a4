using Clawdbot.InferenceShim.Gpu;

namespace Clawdbot.Tests.Shim.Gpu;

/// <summary>Which GPUs are the engine's: what the engine itself would take.</summary>
public sealed class GpuSelectionTests
{
    private static readonly GpuDevice[] Four =
        [.. Enumerable.Range(0, 4).Select(i => new GpuDevice(i, i + 1, $"GPU-{i}{i}{i}-x", "a card"))];

    [Theory]
    [InlineData("", null, null, "0 1 2 3")]
    [InlineData("", "2", null, "2")]
    [InlineData("", "3,1", null, "3 1")]
    [InlineData("", "GPU-222-x", null, "2")]
    [InlineData("", "GPU-22,0", null, "2 0")]
    [InlineData("", "0,9,1", null, "0")] // CUDA's rule: the first wrong one ends the list
    [InlineData("", "GPU-,1", null, "")] // fits all of them: none
    [InlineData("", "", "0", "")] // set and empty hides all, whatever the other says
    [InlineData("", "-1", null, "")]
    [InlineData("", null, "all", "0 1 2 3")]
    [InlineData("", null, "1,GPU-333-x", "1 3")]
    [InlineData("", null, "none", "")]
    [InlineData("", null, "void", "0 1 2 3")] // CDI says so of what it gave itself
    [InlineData("", null, "", "0 1 2 3")]
    [InlineData("", null, "4,5,6,7", "0 1 2 3")] // in a container: the runtime hid the others, and these are counted anew
    [InlineData("1,GPU-333", "0", "2", "1 3")]
    [InlineData("2,2", null, null, "2")]
    public void The_options_go_before_CUDA_and_CUDA_before_the_container(
        string configured, string? cuda, string? container, string expected)
    {
        var chosen = GpuSelection.Choose(Four, configured.Split(',', StringSplitOptions.RemoveEmptyEntries),
            name => name switch { "CUDA_VISIBLE_DEVICES" => cuda, "NVIDIA_VISIBLE_DEVICES" => container, _ => null }, out var absence);

        Assert.Equal(expected, string.Join(' ', chosen.Select(d => d.Index)));
        Assert.Equal(expected.Length == 0, absence.Length > 0);
    }

    [Fact]
    public void An_empty_choice_names_who_made_it()
    {
        GpuSelection.Choose(Four, [], name => name == "CUDA_VISIBLE_DEVICES" ? "9" : null, out var byCuda);
        GpuSelection.Choose(Four, ["GPU-9"], _ => null, out var byOption);
        GpuSelection.Choose([], [], _ => null, out var none);

        Assert.Equal("no GPU: CUDA_VISIBLE_DEVICES=9 names none of the 4 that the driver shows", byCuda);
        Assert.Equal("no GPU: Gpu:Devices=GPU-9 names none of the 4 that the driver shows", byOption);
        Assert.Equal("no GPU: the driver shows none", none);
    }
}
