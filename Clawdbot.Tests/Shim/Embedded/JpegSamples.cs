namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>
/// JPEG files of kinds that the test library does not write. Most hold 40 x 24 pixels, red growing by 6 from column to
/// column, green by 10 from row to row, blue 128. Made with cjpeg of libjpeg-turbo 2.1.5, and the one in inks with Pillow 9.4.
/// </summary>
internal static class JpegSamples
{
    public const int Width = 40;
    public const int Height = 24;

    /// <summary>Ever finer scans, colour at full size, a restart marker after each row of blocks.</summary>
    public static byte[] Progressive => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8Q
        EBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wgARCAAYACgDAREAAhEB
        AxEB/8QAFwABAAMAAAAAAAAAAAAAAAAABQQGB//EABgBAQEBAQEAAAAAAAAAAAAAAAQGBwUD/90ABAAF/9oADAMBAAIQAxAAAAHC9B5aZKBQlAmSgTLQ
        f//QpXez9MlAmSgTJQJkoP/RleOJJloEyUCZKBMlB//EABYQAAMAAAAAAAAAAAAAAAAAAAADBP/aAAgBAQABBQJcQuIXELiFxH//0FxC4hcQuIXEf//R
        XELiFxC4hcR//8QAFREBAQAAAAAAAAAAAAAAAAAABAD/2gAIAQMBAT8BM2M2M2M2M2//0DNjNjNjNjNv/9EzYzYzYzYzb//EABYRAAMAAAAAAAAAAAAA
        AAAAAAACBP/aAAgBAgEBPwF6h6h6h6h6j//Qeoeoeoeoeo//0XqHqHqHqHqP/8QAFRABAQAAAAAAAAAAAAAAAAAAADH/2gAIAQEABj8CiIiP/9CIiI//
        0YiIj//EABQQAQAAAAAAAAAAAAAAAAAAACD/2gAIAQEAAT8hLJZ//9AtlH//0S2U/wD/2gAMAwEAAgADAAAAEL2z/9ASbf/RQA3/xAAWEQADAAAAAAAA
        AAAAAAAAAAAAITH/2gAIAQMBAT8QgyDIMgyDP//QgyDIMgyDP//RgyDIMgyDP//EABURAQEAAAAAAAAAAAAAAAAAAABh/9oACAECAQE/EKKKKKP/0KKK
        KKP/0aKKKKP/xAAWEAADAAAAAAAAAAAAAAAAAAAAMcH/2gAIAQEAAT8QRAmBMCIEwf/QRAiBMCJEwf/RRAiBMCJEQf/Z
        """);

    /// <summary>One scan, colour at half size, a restart marker after each unit.</summary>
    public static byte[] Restarts => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8Q
        EBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wAARCAAYACgDASIAAhEB
        AxEB/8QAGAAAAwEBAAAAAAAAAAAAAAAAAAYHCAX/xAAZEAABBQAAAAAAAAAAAAAAAAAABQYjMaH/xAAXAQEBAQEAAAAAAAAAAAAAAAAHBggD/8QAIREA
        AQQBBAMBAAAAAAAAAAAAAAQFBiIDATJRYhITIzH/3QAEAAH/2gAMAwEAAhEDEQA/AMMJ7JqHBmT2VUOFXT2TUODOnsmocFRZKOxFxqZ7bH//0Myp7KqH
        BmT2TUOFXT2VUODMnsmosKlZKOwmxqZ7bH//0ZinsqocAvqeyqhwDpllFtxrtumfw0sf/9LqJ7JqHBmT2TUOABOLHDPyY0jTqprY/9OwJ7KqHBmT2TUW
        AAYrHDPyGkadVNbH/9TVqeyahwAADMrhn8v0o251U+jSx//Z
        """);

    /// <summary>Four inks (CMYK), stored inverted.</summary>
    public static byte[] Inks => Convert.FromBase64String(
        """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4PEBAREAoMEhMSEBMPEBAQ
        /8AAFAgAGAAoBEMRAE0RAFkRAEsRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAAICQr/xAAaEAEAAQUAAAAAAAAAAAAAAAAABhdDZIGh/9oADgRDAE0AWQBL
        AAA/AM4oRb0gekmLwapqAhFvRSTF4CgIRb0UkxeAoCEW9FJMXgKAhFvRSTF4Dn/hFvS1aSYvAUBCLeikmLwFAQi3opJi8BQEIt6KSYvAUBCLeikmLwHP
        /CLelrUkxeAoCEW9FJMXgKAhFvRSTF4CgIRb0UkxeAoCEW9FJMXgP//Z
        """);

    /// <summary>
    /// Four inks as Adobe's programs store them: inverted, three of them as brightness and two colours (YCCK). Its 40 x 30
    /// pixels are four areas of <see cref="QuarterColours"/>. Made by ImageMagick 6.9.11: convert, with the areas as
    /// xc:'rgb(...)' and -colorspace CMYK -strip.
    /// </summary>
    public static byte[] BrightnessInks => Convert.FromBase64String(
        """
        /9j/7gAOQWRvYmUAZAAAAAAC/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4PEBAREAoMEhMSEBMPEBAQ
        /9sAQwEDAwMEAwQIBAQIEAsJCxAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ/8AAFAgAHgAoBAERAAIRAQMR
        AQQRAP/EABgAAQEBAQEAAAAAAAAAAAAAAAAGBwgJ/8QANBAAAQAFBgsJAQAAAAAAAAAAAAEDBAURAgYSExQWBwgVREVGU4OUwtFUVVaEhZGSk8TD/8QA
        GQEBAAMBAQAAAAAAAAAAAAAAAAYHCQgK/8QANBEAAQEDBwgKAwAAAAAAAAAAABIBAxECBAYTVZPSBQgUFRYxhMQHF0NERVOCksLRRoHB/9oADgQBAAIR
        AxEEAAA/ANFLjM2jvUAAyXD3oLzX8iRZA7T9f00KzDfyDhOZIrCTo7fchkhIzQsigADruxNnZF31pKN2+onak3v3WIwZ6vaX2VObh7hNnr1G2kfJAsTZ
        2Rd9aRt9RO1JvfusQ6vaX2VObh7hFeo20j5IMZximtldV38qNKpjrbXQtEtCunCpjClCMIo90E/oNlbJ9JNI1M/kThCFVUqS8SpUFIa2EYNhHfBsNzTu
        DM0cvKE672mktmVboyK9lStOkKRWJUlUlUIwUyO9hKz5dzwe1iyUwNDZVVlZZ1UpZQjRhGihMIwT7JMavFN/v138VI6k/wBXTzypXtb9Hb+21GbRcXzv
        ES11Zz+HHpwazoLxTf79d/FSOo1dPPKle1v0NtqM2i4vneIXVnP4cenBrOh3qYkFHF4AAcl4+uo3qf5TQfMR8f4XmSsOkfu3r+BUTJz3d8xyWaDlYlQA
        AetB58Tp0y8AA5Lx9dRvU/ymg+Yj4/wvMlYdI/dvX8ComTnu75jks0HKxKgAA//Z
        """);

    /// <summary>Arithmetic coding, which is not read.</summary>
    public static byte[] Arithmetic => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8Q
        EBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/yQARCAAYACgDASIAAhEB
        AxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/AOW11TzcMnDPvHYXqr+nBsDI3nmJW0OQ2F02pmDnv1pM46F5dhUq6d2CZ/yOVU6nPsCRwMiA+c2K
        1Kf3utYbfUA6N1j+Ogi+Vp3ixp92fCLkZWOIgXOtxPVpymzvHjDsmzf1GjW3HBNb48Y2xJbkRfmaTkcKMa6I4v8AfSoKF9SveQePUAKImfBS/jGQ/9k=
        """);

    /// <summary>Another picture, rough and coarsely compressed, of 24 x 16 pixels.</summary>
    public static Canvas Rough => new Canvas(24, 16).Paint(
        (x, y) => ((x * x * 3 & 255) << 16) | ((x * y * 5 & 255) << 8) | ((x % 3 * 60) + (y * 4)));

    /// <summary>The coefficients of <see cref="Rough"/> at quality 50, in ever finer scans (jpegtran -progressive).</summary>
    public static byte[] RoughProgressive => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxl
        Z2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAAQABgDASIAAhEB
        AxEB/8QAFwAAAwEAAAAAAAAAAAAAAAAAAAMEBf/EABYBAQEBAAAAAAAAAAAAAAAAAAMBAv/aAAwDAQACEAMQAAABzrkVZqRggf/EABsQAAEEAwAAAAAA
        AAAAAAAAAAABAgMSETJB/9oACAEBAAEFAoI7FGFW4i0U5//EABkRAAMAAwAAAAAAAAAAAAAAAAABAgMRIf/aAAgBAwEBPwHHT0U+I//EABcRAAMBAAAA
        AAAAAAAAAAAAAAACEQH/2gAIAQIBAT8Be0TD/8QAGRAAAwEBAQAAAAAAAAAAAAAAAAERMSFR/9oACAEBAAY/AhxUxQS9M4Kn/8QAHRABAAIDAAMBAAAA
        AAAAAAAAAQAxEUFhIVFxkf/aAAgBAQABPyHJJ5Ku2iYA63dO5zt3kWVoMINHWPtUfafyf//aAAwDAQACAAMAAAAQW8//xAAaEQEAAgMBAAAAAAAAAAAA
        AAABACERMbHR/9oACAEDAQE/EEK6y8Y9i68n/8QAGhEAAgIDAAAAAAAAAAAAAAAAAAERITFR8P/aAAgBAgEBPxBW7sdczk//xAAdEAEBAQACAgMAAAAA
        AAAAAAABESEAMYGxYfDx/9oACAEBAAE/EOgWh74gfVNImXfp88jrgDBi6aB33wwvTrgDvfJ4vCw4EsKGHa9AftZOtoAuGUo3C5c5/9k=
        """);

    /// <summary>Of <see cref="BrightnessInks"/>: top left, top right, bottom left, bottom right.</summary>
    public static (int Red, int Green, int Blue)[] QuarterColours => [(220, 30, 30), (30, 180, 40), (30, 60, 210), (240, 220, 40)];

    public static (int Red, int Green, int Blue) Expected(int x, int y) => (x * 6, y * 10, 128);
}
