using System.Text;

namespace Clawdbot.Tests.Fakes;

/// <summary>Reads responses that may be cut.</summary>
internal static class CutContent
{
    /// <summary>The text of a response up to its end, or to where its connection was cut.</summary>
    public static async Task<string> ReadToCutAsync(this HttpContent content)
    {
        using var bytes = new MemoryStream();
        try
        {
            await (await content.ReadAsStreamAsync()).CopyToAsync(bytes);
        }
        catch (HttpIOException fault) when (fault.HttpRequestError == HttpRequestError.ResponseEnded)
        {
            // It is an answer that broke off.
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
