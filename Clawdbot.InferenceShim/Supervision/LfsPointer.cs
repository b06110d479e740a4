namespace Clawdbot.InferenceShim.Supervision;

/// <summary>What lies in the place of a large file in a checkout without Git LFS: a note of 130 bytes.</summary>
internal static class LfsPointer
{
    private static readonly byte[] Head = "version https://git-lfs"u8.ToArray();

    /// <summary>Whether a file that begins so is one.</summary>
    public static bool Is(ReadOnlySpan<byte> head) => head.StartsWith(Head);

    /// <summary>What to do about it.</summary>
    public static string Problem(string path) =>
        $"model file {path} is only a pointer of Git LFS: run 'git lfs pull' in the model's folder";
}
