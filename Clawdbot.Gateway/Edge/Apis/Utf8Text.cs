using System.Buffers;
using System.Globalization;
using System.Text;

namespace Clawdbot.Gateway.Edge.Apis;

/// <summary>Writes text as UTF-8.</summary>
internal static class Utf8Text
{
    /// <summary>Writes a text; numbers in it have the same form everywhere.</summary>
    public static void Write(IBufferWriter<byte> output, FormattableString text) =>
        Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture), output);
}
