namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Recognizes the pointer of about 130 bytes that a checkout without Git LFS has in place of a large file.</summary>
internal static class LfsPointer
{
    private static readonly byte[] Head = "version https://git-lfs"u8.ToArray();

    /// <summary>Whether a file with this beginning is a pointer.</summary>
    public static bool Is(ReadOnlySpan<byte> head) => head.StartsWith(Head);

    /// <summary>Says what is wrong and what to do.</summary>
    public static string Problem(string path) =>
        $"model file {path} is only a pointer of Git LFS: run 'git lfs pull' in the model's folder";
}
