using System.Text;
using Clawdbot.ServiceDefaults.Pictures;
using Clawdbot.Tests.Fakes;
using SkiaSharp;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class PictureSizeTests
{
    public static TheoryData<SKEncodedImageFormat> Formats => [SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp];

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_header_says_it(SKEncodedImageFormat format)
    {
        foreach (var (width, height) in ((int, int)[])[(1, 1), (640, 480), (3, 1000)])
        {
            using var bitmap = new SKBitmap(width, height);
            using var file = bitmap.Encode(format, 80);
            Assert.Equal((width, height), PictureSize.Of(file.ToArray()));
            Assert.Equal((width, height), PictureSize.OfDataUri(Uri(file.ToArray())));
            Assert.Equal((width, height), PictureSize.OfDataUri(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Uri(file.ToArray())).Replace("/", "\\/", StringComparison.Ordinal))));
        }
    }

    [Fact]
    public void A_lossless_webp_and_a_gif_say_it_their_own_way()
    {
        using var bitmap = new SKBitmap(321, 45);
        using var pixels = bitmap.PeekPixels();
        using var webP = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50));

        Assert.Equal((321, 45), PictureSize.Of(webP!.ToArray()));
        Assert.Equal((300, 2), PictureSize.Of([.. "GIF89a"u8, 0x2C, 0x01, 0x02, 0x00, 0, 0, 0]));
    }

    [Fact]
    public void A_jpeg_says_it_behind_whatever_a_camera_puts_before_it()
    {
        using var bitmap = new SKBitmap(200, 100);
        using var file = bitmap.Encode(SKEncodedImageFormat.Jpeg, 80);
        var profile = Enumerable.Range(0, 5).SelectMany(_ => (byte[])[0xFF, 0xE2, 0xFF, 0xFF, .. new byte[0xFFFD]]).ToArray();

        Assert.Equal((200, 100), PictureSize.OfDataUri(Uri([.. file.ToArray()[..2], .. profile, .. file.ToArray()[2..]])));
    }

    [Fact]
    public void A_large_picture_of_an_unknown_kind_costs_no_more_than_its_beginning()
    {
        byte[] url = [.. "data:image/png;base64,"u8, .. Enumerable.Repeat((byte)'A', 1 << 20)];
        Assert.Null(PictureSize.OfDataUri(url));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Null(PictureSize.OfDataUri(url));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    [Fact]
    public void Nothing_is_believed_of_what_is_no_picture_and_nothing_breaks()
    {
        var random = new Random(5);
        var good = Pictures.Jpeg(60, 40, (1, 2, 3), (4, 5, 6));
        for (var i = 0; i < 2000; i++)
        {
            var file = good[..random.Next(good.Length)];
            if (file.Length > 0)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            PictureSize.Of(file);
            PictureSize.OfDataUri(file);
        }
        Assert.Null(PictureSize.Of("GIF89a\0\0\0\0\0"u8));
        Assert.Null(PictureSize.OfDataUri("https://example.org/a.png"u8));
        Assert.Null(PictureSize.Of([]));
    }

    private static byte[] Uri(byte[] file) => Encoding.ASCII.GetBytes($"data:image/x;base64,{Convert.ToBase64String(file)}");
}
