using Clawdbot.InferenceShim.Engines.Embedded;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

public sealed class ColourNamingTests
{
    public static TheoryData<string, int[]> Known => new()
    {
        { "Black", [0x000000, 0x101010, 0x222222] },
        { "White", [0xFFFFFF, 0xF5F5F5, 0xFFFFF0] },
        { "Grey", [0x808080, 0xC0C0C0, 0x696969, 0xD3D3D3, 0x708090, 0x2F4F4F] },
        { "Red", [0xFF0000, 0xDC143C, 0x800000, 0xB22222, 0x8B0000, 0xFF6347] },
        { "Orange", [0xFFA500, 0xFF8C00, 0xFF7F50] },
        { "Yellow", [0xFFFF00, 0xFFD700, 0xF0E68C] },
        { "Green", [0x008000, 0x00FF00, 0x228B22, 0x2E8B57, 0x006400, 0x90EE90, 0x9ACD32, 0x808000] },
        { "Cyan", [0x00FFFF, 0x008080, 0x40E0D0, 0x008B8B] },
        { "Blue", [0x0000FF, 0x000080, 0x1E3A8A, 0x4169E1, 0x87CEEB, 0x4682B4, 0xADD8E6, 0x191970] },
        { "Purple", [0x800080, 0x4B0082, 0x663399, 0x8A2BE2, 0xFF00FF] },
        { "Pink", [0xFFC0CB, 0xFF69B4, 0xFF1493, 0xFFB6C1, 0xFA8072] },
        { "Brown", [0x8B4513, 0xA0522D, 0xD2B48C, 0x5C4033, 0x3B2010, 0xCD853F] },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Well_known_colours_have_their_name(string name, int[] colours)
    {
        foreach (var colour in colours)
        {
            var named = ColourNaming.Name((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
            Assert.True(named.ToString() == name, $"{colour:X6} is {named}, not {name}");
        }
    }
}
